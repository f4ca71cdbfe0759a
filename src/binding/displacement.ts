// Two servers of the same program version on one machine: detects which one replaced the other in the binder, and
// whether the other still runs.
import { connectNow } from "../client/connect-now.js";
import { isWildcard } from "../machine/ip-address.js";
import { RpcError } from "../rpc/errors.js";
import { ping } from "../rpc/null.js";
import type { Program } from "../rpc/program.js";
import { type Address, fromUniversalAddress } from "../transport/address.js";
import { isSameEntry } from "./registrar.js";
import type { BinderEntry } from "./rpcbind/table.js";

/** Two servers registered the same program version with one binder. */
export interface Displacement extends PlaceChange {
  /** A message for people: names the programs and the consequences. */
  readonly message: string;
}

export interface PlaceChange {
  /**
   * "taken": this server has replaced another one that still runs; clients no longer find that one. "lost": another
   * server has replaced this one; it registers again when that one stops. "regained": the other one has stopped, and
   * clients find this server again.
   */
  readonly kind: "taken" | "lost" | "regained";
  /** The affected registrations of this server. */
  readonly entries: readonly BinderEntry[];
  /** The other server's registrations in the same places, current or former. */
  readonly others: readonly BinderEntry[];
}

/** The binder's registrations that occupy the places of `entries`. */
export function othersInPlaceOf(entries: readonly BinderEntry[], known: readonly BinderEntry[]): BinderEntry[] {
  const own = new Map(entries.map((entry) => [keyOf(entry), entry]));
  return known.filter((other) => {
    const entry = own.get(keyOf(other));
    return entry !== undefined && !isSameEntry(entry, other);
  });
}

export function keyOf({ program, version, netid }: BinderEntry): string {
  return `${program}/${version}/${netid}`;
}

/** Timeout of procedure 0 in milliseconds. A server that takes longer is busy, but counts as running. */
const askTimeout = 1_000;

/**
 * Returns the registrations on this machine whose servers still run, as far as that can be determined. Never rejects.
 */
export async function living(entries: readonly BinderEntry[]): Promise<BinderEntry[]> {
  const answers = new Map<string, Promise<boolean>>();
  const results = entries.map((entry) => {
    // A server listens at one address with all its versions, so ask each address once.
    const key = `${entry.program} ${entry.netid} ${entry.address}`;
    const answer = answers.get(key) ?? isThere(entry);
    answers.set(key, answer);
    return answer;
  });
  const areThere = await Promise.all(results);
  return entries.filter((_, i) => areThere[i]);
}

/**
 * Whether the program answers where it is registered. False for a refused connection, or if another program answers.
 */
async function isThere({ program: number, version, netid, address }: BinderEntry): Promise<boolean> {
  const program: Program = { name: String(number), number, versionName: "", version, procedures: {} };
  try {
    const place = placeOf(netid, address);
    await using channel = await connectNow(place, { timeout: askTimeout, connectTimeout: askTimeout });
    await ping(channel, program, {});
    return true;
  } catch (error) {
    if (error instanceof RpcError && error.code === "RPC_PROG_UNAVAIL") return false;
    return !isRefused(error);
  }
}

/** The system reports that nothing listens there. */
function isRefused(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    const { code } = one as NodeJS.ErrnoException;
    if (code === "ECONNREFUSED" || code === "ENOENT") return true;
  }
  return false;
}

/** @throws TransportError for an invalid address. */
function placeOf(netid: string, universal: string): Address {
  const place = fromUniversalAddress(netid, universal);
  if (!("host" in place) || !isWildcard(place.host)) return place;
  return { ...place, host: place.host === "::" ? "::1" : "127.0.0.1" };
}

/** A message for people. `name` describes the programs: "ADD_PROG version 1". */
export function describeDisplacement({ kind, entries, others }: PlaceChange, name: string): string {
  const [first] = others;
  const netids = [...new Set(entries.map(({ netid }) => netid))].join(", ");
  const owner = /^\d+$/.test(first?.owner ?? "") ? ` of user ${first?.owner}` : "";
  const other = `another server${owner}, at ${first?.address}`;
  if (kind === "taken") {
    const outcome = "still runs, but clients now find this server instead";
    return `${name} over ${netids} was registered by ${other}: it ${outcome}. Stop one of them, or give them different program numbers`;
  }
  if (kind === "regained") return `${name} over ${netids} is registered again: ${other} has stopped`;
  const outcome = "clients now find that one instead. This server registers again when that one stops";
  return `${name} over ${netids} has been registered by ${other}: ${outcome}`;
}
