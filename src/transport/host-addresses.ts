// Resolves a host as its user wrote it to the IP addresses to try, best first.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { noDescriptors } from "../base/no-descriptors.js";
import { waitFor } from "../base/wait.js";
import { knownAddresses } from "../machine/known-addresses.js";

export interface LookUpOptions {
  /** The milliseconds that the look-up may take. */
  readonly time: number;
  readonly signal?: AbortSignal | undefined;
  /** True: IPv4 addresses first, regardless of the system's preference. Default false. */
  readonly ipv4First?: boolean;
}

/**
 * IP addresses and `localhost` are known: see `knownAddresses`. Any other name is looked up in both families, even if this machine
 * cannot use one of them: connecting then fails at once, and the next address is tried.
 * @throws the system's error; Error if it takes too long or the signal is aborted.
 */
export async function hostAddresses(host: string, options: LookUpOptions): Promise<readonly string[]> {
  const known = knownAddresses(host);
  if (known !== undefined) return known;
  const order = options.ipv4First ? "ipv4first" : "verbatim";
  const found = await inTime(lookup(host, { all: true, order }), options).catch((error) => {
    // The system says of every name that it is not known.
    throw noDescriptors() ?? error;
  });
  return addressesToTry(found.map(({ address }) => address));
}

/** A name server may give thousands of addresses: a client makes no more connections than this because of one answer. */
const mostAddresses = 64;

/** Alternates the families, beginning with the family of the first address (RFC 8305 section 4). At most 64. */
export function addressesToTry(addresses: readonly string[]): readonly string[] {
  const first = isIP(addresses[0] ?? "");
  const own = addresses.filter((address) => isIP(address) === first);
  const other = addresses.filter((address) => isIP(address) !== first);
  const all = own.flatMap((address, i) => [address, ...other.slice(i, i + 1)]).concat(other.slice(own.length));
  return all.slice(0, mostAddresses);
}

/** A look-up cannot be cancelled: it continues and its result is ignored. */
function inTime<T>(work: Promise<T>, { time, signal }: LookUpOptions): Promise<T> {
  return waitFor(work, {
    timeout: time,
    signal,
    onTimeout: () => new Error(`no answer within ${Math.ceil(time)} ms`),
    onAbort: (cause) => new Error("aborted", { cause }),
  });
}
