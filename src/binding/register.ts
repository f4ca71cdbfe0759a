// Tells a binder where a server's programs listen, and takes it back when the server closes.
import type { Server } from "../server/index.js";
import { BindingError } from "./errors.js";
import { addressesByNetid } from "./listening.js";
import { chooseRegistrar, type Registrar, type RegistrarOptions, RemoteRegistrar } from "./registrar.js";
import { ownName } from "./rpcbind/client.js";
import type { BinderEntry } from "./rpcbind/table.js";

/** What a server has registered. Closing the server takes it back. */
export interface Registration extends AsyncDisposable {
  /** For people: "rpcbind at unix:/run/rpcbind.sock". */
  readonly binder: string;
  /** Where the binder is: the `rpcbind` option of clients that would not look there by themselves. */
  readonly address: string | undefined;
  readonly entries: readonly BinderEntry[];
  /** Takes the registrations back. Never rejects: a binder that is gone has forgotten them anyway. */
  unregister(): Promise<void>;
}

/**
 * Registers every program that the server implements on every transport that it listens on. Call it after `implement`
 * and `listen`. What an earlier run of the same user has left is replaced.
 * @throws BindingError RPC_NO_BINDER, or RPC_REGISTRATION_REFUSED when another user has registered the program.
 */
export async function register(server: Server, options: RegistrarOptions = {}): Promise<Registration> {
  const entries = entriesOf(server);
  const registrar = await chooseRegistrar(options);
  try {
    await setAll(registrar, entries);
  } catch (error) {
    await registrar.close();
    throw error;
  }
  let done: Promise<void> | undefined;
  const unregister = (): Promise<void> => {
    done ??= takeBack(registrar, entries).finally(() => registrar.close());
    return done;
  };
  server.onClosing(unregister);
  const { name, address } = registrar;
  return { binder: name, address, entries, unregister, [Symbol.asyncDispose]: unregister };
}

/** One entry for each program version and netid. */
function entriesOf({ programs, listeners }: Server): BinderEntry[] {
  const owner = ownName();
  const addresses = [...addressesByNetid(listeners)];
  return programs.flatMap(({ number, version }) =>
    addresses.map(([netid, address]) => ({ program: number, version, netid, address, owner })),
  );
}

async function setAll(registrar: Registrar, entries: readonly BinderEntry[]): Promise<void> {
  // All removals first: version 2 removes TCP and UDP together.
  for (const entry of entries) await registrar.unset(entry);
  for (const entry of entries) {
    if ((await registrar.set(entry)) || isBeyond(registrar, entry)) continue;
    const why = await whyRefused(registrar, entry);
    await takeBack(registrar, entries);
    const what = `program ${entry.program} version ${entry.version} over ${entry.netid}`;
    throw new BindingError("RPC_REGISTRATION_REFUSED", `${registrar.name} refused ${what}: ${why}`);
  }
}

async function whyRefused(registrar: Registrar, entry: BinderEntry): Promise<string> {
  const { program, version, netid } = entry;
  const known = await registrar.dump().catch(() => []);
  const other = known.find((one) => one.program === program && one.version === version && one.netid === netid);
  if (other === undefined) return "it may be full, or take registrations from its own machine only";
  const owner = /^\d+$/.test(other.owner) ? `user ${other.owner}` : other.owner || "somebody";
  return `it is registered at ${other.address} by ${owner}; is another server of it running? Stop that one first`;
}

/** What version 2 cannot express is no loss: its clients could not ask for it either. */
function isBeyond(registrar: Registrar, { netid }: BinderEntry): boolean {
  return registrar instanceof RemoteRegistrar && registrar.version === 2 && netid !== "tcp" && netid !== "udp";
}

/** Removes what is still ours: a server that has taken over the registration since keeps it. */
async function takeBack(registrar: Registrar, entries: readonly BinderEntry[]): Promise<void> {
  try {
    const known = await registrar.dump();
    for (const entry of entries) {
      if (known.some((other) => isSame(other, entry))) await registrar.unset(entry);
    }
  } catch {
    // A binder that is gone has forgotten everything.
  }
}

/** Version 2 knows ports only, so the host does not count. */
function isSame(one: BinderEntry, other: BinderEntry): boolean {
  const isSameKey = one.program === other.program && one.version === other.version && one.netid === other.netid;
  return isSameKey && listeningAt(one) === listeningAt(other);
}

function listeningAt({ netid, address }: BinderEntry): string {
  return netid === "local" ? address : address.split(".").slice(-2).join(".");
}
