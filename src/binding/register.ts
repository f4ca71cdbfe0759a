// Tells a binder where a server's programs listen, and takes it back when the server closes.
import type { Server } from "../server/index.js";
import { chooseRegistrar, type RegistrarOptions } from "./choose-registrar.js";
import type { AskOptions } from "./dialect.js";
import { BindingError } from "./errors.js";
import { Keeper } from "./keeper.js";
import { addressesByNetid } from "./listening.js";
import { isSameEntry, type Registrar, RemoteRegistrar } from "./registrar.js";
import { ownName } from "./rpcbind/client.js";
import type { BinderEntry } from "./rpcbind/table.js";

export interface RegisterOptions extends RegistrarOptions {
  /**
   * Registers again when the binder was restarted and has forgotten, and, where `binder` is "auto", with another one when
   * it is gone or the machine's own appears. Default true.
   */
  readonly renew?: boolean;
  /** Told when that has happened. */
  readonly onRenewed?: (registration: Registration) => void;
}

/** What a server has registered. Closing the server takes it back. */
export interface Registration extends AsyncDisposable {
  /** For people: "rpcbind at unix:/run/rpcbind.sock". Another one when the server had to register elsewhere. */
  readonly binder: string;
  /** Where the binder is: the `rpcbind` option of clients that would not look there by themselves. */
  readonly address: string | undefined;
  readonly entries: readonly BinderEntry[];
  /**
   * Takes the registrations back. Never rejects, and ends within two seconds: a binder that is gone has forgotten them
   * anyway.
   */
  unregister(): Promise<void>;
}

/**
 * Registers every program that the server implements on every transport that it listens on. Call it after `implement`
 * and `listen`. What an earlier run of the same user has left is replaced.
 * @throws BindingError RPC_NO_BINDER, or RPC_REGISTRATION_REFUSED when another user has registered the program.
 */
export async function register(server: Server, options: RegisterOptions = {}): Promise<Registration> {
  const entries = entriesOf(server);
  const registrar = await chooseRegistrar(options);
  try {
    await setAll(registrar, entries);
  } catch (error) {
    await registrar.close();
    throw error;
  }
  const keeper = new Keeper(registrar, { server, entries, options, renewed: () => tell(registration, options) });
  const registration = registrationOf(keeper, entries);
  server.onClosing(registration.unregister);
  if (options.renew !== false) keeper.start();
  return registration;
}

function tell(registration: Registration, { onRenewed }: RegisterOptions): void {
  try {
    onRenewed?.(registration);
  } catch {
    // It has nobody to tell.
  }
}

function registrationOf(keeper: Keeper, entries: readonly BinderEntry[]): Registration {
  let done: Promise<void> | undefined;
  const unregister = (): Promise<void> => {
    done ??= leave(keeper, entries);
    return done;
  };
  return {
    get binder() {
      return keeper.registrar.name;
    },
    get address() {
      return keeper.registrar.address;
    },
    entries,
    unregister,
    [Symbol.asyncDispose]: unregister,
  };
}

/** Milliseconds that taking back may take. */
const longestLeave = 2_000;

async function leave(keeper: Keeper, entries: readonly BinderEntry[]): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), longestLeave);
  const work = async (): Promise<void> => {
    await keeper.stop();
    await takeBack(keeper.registrar, entries, { signal: late.signal });
    await keeper.registrar.close();
  };
  const over = new Promise<void>((resolve) => late.signal.addEventListener("abort", () => resolve()));
  await Promise.race([work(), over]);
  clearTimeout(timer);
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
    if (await registrar.set(entry)) continue;
    if (registrar instanceof RemoteRegistrar && registrar.isBeyond(entry)) continue;
    const why = await whyRefused(registrar, entry);
    await takeBack(registrar, entries, {});
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

/** Removes what is still ours: a server that has taken over the registration since keeps it. */
async function takeBack(registrar: Registrar, entries: readonly BinderEntry[], options: AskOptions): Promise<void> {
  try {
    const known = await registrar.dump(options);
    for (const entry of entries) {
      if (known.some((other) => isSameEntry(other, entry))) await registrar.unset(entry, options);
    }
  } catch {
    // A binder that is gone has forgotten everything.
  }
}
