// Registers a server's programs with a binder, and removes the registrations when the server closes.

import { checkOptions, type OptionTable } from "../base/check-options.js";
import { waitAtMost } from "../base/wait.js";
import { checkBinder, chooseRegistrar, type RegistrarOptions, type StartRpcbind } from "./choose-registrar.js";
import type { AskOptions } from "./dialect.js";
import {
  type Displacement,
  describeDisplacement,
  keyOf,
  living,
  othersInPlaceOf,
  type PlaceChange,
} from "./displacement.js";
import { BindingError } from "./errors.js";
import { Keeper, type Registrable } from "./keeper.js";
import { addressesByNetid } from "./listening.js";
import { isSameEntry, type Registrar, RemoteRegistrar } from "./registrar.js";
import { ownName } from "./rpcbind/client.js";
import type { BinderEntry } from "./rpcbind/table.js";

/** Options of `register`. An unknown or invalid option is a TypeError that names it. */
export interface RegisterOptions extends RegistrarOptions {
  /**
   * True: registers again after rpcbind was restarted and lost its registrations. With `binder: "auto"`, also registers with another binder when the
   * current one stops, and with the system's rpcbind when it starts. Default true.
   */
  readonly renew?: boolean;
  /** Called after the server was registered again. Default: nothing is called. */
  readonly onRenewed?: (registration: Registration) => void;
  /**
   * Called when this server replaced the registration of another server that still runs. Unless `renew` is false, also
   * called when another server replaces this one's registration, and when that server stops. Default: `process.emitWarning`
   * with the code LUPINE_DISPLACED for the first two.
   */
  readonly onDisplaced?: (displacement: Displacement) => void;
}

const registerOptions: OptionTable<RegisterOptions> = {
  binder: "any",
  timeout: "time",
  port: "count",
  socket: "text",
  fallbackPort: "count",
  renew: "flag",
  onRenewed: "function",
  onDisplaced: "function",
};

/** The registration of a server. Closing the server removes it. */
export interface Registration extends AsyncDisposable {
  /**
   * The binder's name in messages: "rpcbind at unix:/run/rpcbind.sock". Changes when the server registers with another one.
   */
  readonly binder: string;
  /**
   * The binder's address. Pass it as the option `rpcbind` to clients that do not find this binder otherwise. Undefined for a binder without an
   * address.
   */
  readonly address: string | undefined;
  /** The entries that were registered: one for each program version and transport. */
  readonly entries: readonly BinderEntry[];
  /**
   * Registrations of other servers that were still running when this server replaced them. Clients no longer find those
   * servers.
   */
  readonly displaced: readonly BinderEntry[];
  /** Removes the registrations. Never rejects, and takes at most two seconds. */
  unregister(): Promise<void>;
}

/** See `register` of everyday.ts. */
export async function register(
  server: Registrable,
  options: RegisterOptions,
  startRpcbind: StartRpcbind,
): Promise<Registration> {
  checkOptions(registerOptions, options);
  checkBinder(options.binder);
  const entries = entriesOf(server);
  const registrar = await chooseRegistrar(options, startRpcbind);
  let displaced: readonly BinderEntry[];
  try {
    displaced = await takePlaces(registrar, entries);
  } catch (error) {
    await registrar.close();
    throw error;
  }
  const teller = (change: PlaceChange): void => tellDisplaced(server, options, change);
  const keeper = new Keeper(registrar, {
    server,
    entries,
    options,
    startRpcbind,
    renewed: () => tell(registration, options),
    displaced: teller,
  });
  const registration = registrationOf(keeper, entries, displaced);
  if (displaced.length > 0) {
    const keys = new Set(displaced.map(keyOf));
    teller({ kind: "taken", entries: entries.filter((entry) => keys.has(keyOf(entry))), others: displaced });
  }
  server.onClosing(registration.unregister);
  if (options.renew !== false) keeper.start();
  return registration;
}

function tell(registration: Registration, { onRenewed }: RegisterOptions): void {
  try {
    onRenewed?.(registration);
  } catch {
    // An error in the callback cannot be reported anywhere.
  }
}

function tellDisplaced(server: Registrable, { onDisplaced }: RegisterOptions, change: PlaceChange): void {
  try {
    const message = describeDisplacement(change, namesOf(server, change.entries));
    if (onDisplaced !== undefined) onDisplaced({ ...change, message });
    else if (change.kind !== "regained") process.emitWarning(message, { code: "LUPINE_DISPLACED" });
  } catch {
    // An error in the callback cannot be reported anywhere.
  }
}

/** "ADD_PROG versions 1, 2". */
function namesOf({ programs }: Registrable, entries: readonly BinderEntry[]): string {
  const numbers = [...new Set(entries.map(({ program }) => program))];
  const names = numbers.map((number) => {
    const own = entries.filter(({ program }) => program === number);
    const versions = [...new Set(own.map(({ version }) => version))];
    const name = programs.find((program) => program.number === number)?.name ?? `program ${number}`;
    return `${name} version${versions.length > 1 ? "s" : ""} ${versions.join(", ")}`;
  });
  return names.join(" and ");
}

function registrationOf(
  keeper: Keeper,
  entries: readonly BinderEntry[],
  displaced: readonly BinderEntry[],
): Registration {
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
    displaced,
    unregister,
    [Symbol.asyncDispose]: unregister,
  };
}

/** The most milliseconds that removing the registrations may take. */
const longestLeave = 2_000;

async function leave(keeper: Keeper, entries: readonly BinderEntry[]): Promise<void> {
  const late = new AbortController();
  const work = async (): Promise<void> => {
    await keeper.stop();
    await takeBack(keeper.registrar, entries, { signal: late.signal });
    await keeper.registrar.close();
  };
  if (!(await waitAtMost(longestLeave, work()))) late.abort();
}

/** One entry for each program version and netid. */
function entriesOf({ programs, listeners }: Registrable): BinderEntry[] {
  const owner = ownName();
  const addresses = [...addressesByNetid(listeners)];
  return programs.flatMap(({ number, version }) =>
    addresses.map(([netid, address]) => ({ program: number, version, netid, address, owner })),
  );
}

/** Registers. @returns the registrations of running servers that were replaced. */
async function takePlaces(registrar: Registrar, entries: readonly BinderEntry[]): Promise<readonly BinderEntry[]> {
  // Some old binders do not list their registrations.
  const known = await registrar.dump().catch(() => []);
  const others = othersInPlaceOf(entries, known);
  const [displaced] = await Promise.all([
    registrar.isHere ? living(others) : others,
    // The replaced server may have noticed that its place was free before we took it.
    setAll(registrar, entries).catch((error) => {
      if (error instanceof BindingError) return setAll(registrar, entries);
      throw error;
    }),
  ]);
  return displaced;
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
  if (other === undefined) return "it may be full, or accept registrations only from its own machine";
  const owner = /^\d+$/.test(other.owner) ? `user ${other.owner}` : other.owner || "somebody";
  return `it is registered at ${other.address} by ${owner}; is another server of it running? Stop that one first`;
}

/** Removes only registrations that are still ours: a server that has replaced one since keeps it. */
async function takeBack(registrar: Registrar, entries: readonly BinderEntry[], options: AskOptions): Promise<void> {
  try {
    const known = await registrar.dump(options);
    for (const entry of entries) {
      if (known.some((other) => isSameEntry(other, entry))) await registrar.unset(entry, options);
    }
  } catch {
    // A stopped binder has no registrations any more.
  }
}
