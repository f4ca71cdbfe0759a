// Tells a binder where a server's programs listen, and takes it back when the server closes.
import { existsSync } from "node:fs";
import { RpcError } from "../rpc/errors.js";
import type { Server } from "../server/index.js";
import { type Address, toUniversalAddress } from "../transport/address.js";
import { TransportError } from "../transport/connection.js";
import { Binder, rpcbindPort, rpcbindSocket } from "./binder.js";
import { Rpcbind, startRpcbind } from "./embedded.js";
import { BindingError } from "./errors.js";
import { type BinderPlaces, fallbackRpcbindPort, parseBinderAddress } from "./places.js";
import { ownName } from "./rpcbind/client.js";
import { type BinderEntry, superuser } from "./rpcbind/table.js";

/**
 * Which binder to register with:
 * - "auto": the machine's, when one answers; else one that is started in this process on port 10111 of the loopback
 *   interface, or that another process has started there. Clients on this machine find both.
 * - "system": the machine's, and an error when none answers;
 * - "none": no binder; clients are given the port;
 * - an address (`host:port`, `tcp://`, `udp://`, `unix:/path`), or a binder that runs in this process.
 */
export type BinderChoice = "auto" | "system" | "none" | (string & {}) | Address | Rpcbind;

export interface RegisterOptions extends BinderPlaces {
  /** Default "auto". */
  readonly binder?: BinderChoice;
  /** Milliseconds that one question to a binder may take. Default 5000. */
  readonly timeout?: number;
}

/** What a server has registered. Closing the server takes it back. */
export interface Registration extends AsyncDisposable {
  /** For people: "rpcbind at unix:/run/rpcbind.sock". */
  readonly binder: string;
  /** What clients of this machine need to find the programs: their `rpcbind` option. Undefined: nothing. */
  readonly address: string | undefined;
  readonly entries: readonly BinderEntry[];
  /** Takes the registrations back. Never rejects: a binder that is gone has forgotten them anyway. */
  unregister(): Promise<void>;
}

/** Where registrations go. */
interface Registrar {
  readonly name: string;
  readonly address: string | undefined;
  set(entry: BinderEntry): Promise<boolean>;
  unset(entry: BinderEntry): Promise<boolean>;
  close(): Promise<void>;
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
  let done: Promise<void> | undefined;
  const unregister = (): Promise<void> => {
    done ??= takeBack(registrar, entries).finally(() => registrar.close());
    return done;
  };
  server.onClosing(unregister);
  const { name, address } = registrar;
  return { binder: name, address, entries, unregister, [Symbol.asyncDispose]: unregister };
}

/** One entry for each program version and netid. A listener on every address of IPv6 takes IPv4 as well. */
function entriesOf({ programs, listeners }: Server): BinderEntry[] {
  const places = new Map<string, string>();
  for (const { netid, address } of listeners) {
    if (address.kind === "memory") continue;
    if (!places.has(netid)) places.set(netid, toUniversalAddress(address));
  }
  for (const { netid, address } of listeners) {
    if (!("host" in address) || address.host !== "::") continue;
    const plain = netid.slice(0, 3);
    if (!places.has(plain)) places.set(plain, toUniversalAddress({ ...address, host: "0.0.0.0" }));
  }
  const owner = ownName();
  return programs.flatMap(({ number, version }) =>
    [...places].map(([netid, address]) => ({ program: number, version, netid, address, owner })),
  );
}

async function setAll(registrar: Registrar, entries: readonly BinderEntry[]): Promise<void> {
  // All removals first: version 2 removes TCP and UDP together.
  for (const entry of entries) await registrar.unset(entry);
  for (const entry of entries) {
    if ((await registrar.set(entry)) || isBeyond(registrar, entry)) continue;
    await takeBack(registrar, entries);
    const message =
      `${registrar.name} refused program ${entry.program} version ${entry.version} over ${entry.netid}: ` +
      "another user may have registered it (see lupine info)";
    throw new BindingError("RPC_REGISTRATION_REFUSED", message);
  }
}

/** What version 2 cannot express is no loss: its clients could not ask for it either. */
function isBeyond(registrar: Registrar, { netid }: BinderEntry): boolean {
  return registrar instanceof RemoteRegistrar && registrar.version === 2 && netid !== "tcp" && netid !== "udp";
}

async function takeBack(registrar: Registrar, entries: readonly BinderEntry[]): Promise<void> {
  for (const entry of entries) {
    try {
      await registrar.unset(entry);
    } catch {
      return;
    }
  }
}

async function chooseRegistrar(options: RegisterOptions): Promise<Registrar> {
  const { binder = "auto" } = options;
  if (binder instanceof Rpcbind) return new LocalRegistrar(binder);
  if (binder === "none") return nobody;
  if (binder === "auto") return (await systemRegistrar(options)) ?? fallbackRegistrar(options);
  if (binder === "system") {
    const registrar = await systemRegistrar(options);
    if (registrar !== undefined) return registrar;
    const places = systemAddresses(options).map((address) => new Binder(address).name);
    throw noBinder(`no rpcbind answers at ${places.join(" or ")}: start one, or register with binder "auto" or "none"`);
  }
  const address = typeof binder === "string" ? parseBinderAddress(binder) : binder;
  const registrar = new RemoteRegistrar(address, options.timeout, true);
  const failure = await registrar.probe();
  if (failure === undefined) return registrar;
  throw noBinder(`no rpcbind answers at ${registrar.place}: start it first, or give another address`, failure);
}

function noBinder(message: string, cause?: unknown): BindingError {
  return new BindingError("RPC_NO_BINDER", message, cause === undefined ? {} : { cause });
}

function systemAddresses({ port = rpcbindPort, socket = rpcbindSocket }: BinderPlaces): Address[] {
  const overIp: Address[] = [
    { kind: "tcp", host: "127.0.0.1", port },
    { kind: "udp", host: "127.0.0.1", port },
  ];
  return existsSync(socket) ? [{ kind: "unix", path: socket }, ...overIp] : overIp;
}

async function systemRegistrar(options: RegisterOptions): Promise<Registrar | undefined> {
  for (const address of systemAddresses(options)) {
    const registrar = new RemoteRegistrar(address, options.timeout, false);
    if ((await registrar.probe()) === undefined) return registrar;
  }
  return undefined;
}

/** Ours on the fallback port, or that of whoever was faster. */
async function fallbackRegistrar(options: RegisterOptions): Promise<Registrar> {
  const port = options.fallbackPort ?? fallbackRpcbindPort;
  try {
    const own = await startRpcbind({ port });
    return new LocalRegistrar(own, () => own.close());
  } catch (error) {
    if (!(error instanceof TransportError) || error.code !== "TRANSPORT_LISTEN_FAILED") throw error;
    const registrar = new RemoteRegistrar({ kind: "tcp", host: "127.0.0.1", port }, options.timeout, false);
    if ((await registrar.probe()) === undefined) return registrar;
    throw noBinder(`no rpcbind answers on this machine, and port ${port}, where one could be started, is taken`, error);
  }
}

/** A binder of this process: no message is needed. */
class LocalRegistrar implements Registrar {
  readonly #rpcbind: Rpcbind;
  readonly #stop: () => Promise<void>;
  readonly #owner: string;

  constructor(rpcbind: Rpcbind, stop: () => Promise<void> = async () => {}) {
    this.#rpcbind = rpcbind;
    this.#stop = stop;
    this.#owner = process.geteuid?.() === 0 ? superuser : ownName();
  }

  get name(): string {
    return `rpcbind of this process at ${this.#rpcbind.url}`;
  }

  get address(): string {
    return this.#rpcbind.url;
  }

  async set(entry: BinderEntry): Promise<boolean> {
    return this.#rpcbind.table.set({ ...entry, owner: this.#owner }) === undefined;
  }

  async unset({ program, version, netid }: BinderEntry): Promise<boolean> {
    return this.#rpcbind.table.unset(program, version, netid, this.#owner) === undefined;
  }

  close(): Promise<void> {
    return this.#stop();
  }
}

/** A binder that is spoken to. */
class RemoteRegistrar implements Registrar {
  readonly place: string;
  readonly address: string | undefined;
  readonly #binder: Binder;

  constructor(address: Address, timeout: number | undefined, isGiven: boolean) {
    this.#binder = new Binder(address, { timeout });
    this.place = this.#binder.name;
    // Clients find the usual places by themselves.
    this.address = isGiven ? this.place : undefined;
  }

  get name(): string {
    return `rpcbind at ${this.place}`;
  }

  /** The version of the protocol that is spoken, once something was asked. */
  get version(): number {
    return this.#binder.version;
  }

  /** Asks for anything at all. @returns why there is no answer. */
  async probe(): Promise<RpcError | undefined> {
    try {
      await this.#binder.probe();
      return undefined;
    } catch (error) {
      await this.close();
      if (error instanceof RpcError) return error;
      throw error;
    }
  }

  set(entry: BinderEntry): Promise<boolean> {
    return this.#binder.set(entry);
  }

  unset(entry: BinderEntry): Promise<boolean> {
    return this.#binder.unset(entry);
  }

  close(): Promise<void> {
    return this.#binder.close();
  }
}

const nobody: Registrar = {
  name: "no binder",
  address: undefined,
  set: async () => true,
  unset: async () => true,
  close: async () => {},
};
