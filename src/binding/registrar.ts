// Whom a server registers with: a binder that is spoken to, one of this process, or none.
import { existsSync } from "node:fs";
import { RpcError } from "../rpc/errors.js";
import type { Address } from "../transport/address.js";
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

export interface RegistrarOptions extends BinderPlaces {
  /** Default "auto". */
  readonly binder?: BinderChoice;
  /** Milliseconds that one question to a binder may take. Default 5000. */
  readonly timeout?: number;
}

/** Where registrations go. */
export interface Registrar {
  readonly name: string;
  readonly address: string | undefined;
  set(entry: BinderEntry): Promise<boolean>;
  unset(entry: BinderEntry): Promise<boolean>;
  dump(): Promise<readonly BinderEntry[]>;
  close(): Promise<void>;
}

/** @throws BindingError RPC_NO_BINDER when the wanted binder does not answer. */
export async function chooseRegistrar(options: RegistrarOptions): Promise<Registrar> {
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
  const registrar = new RemoteRegistrar(address, options.timeout);
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

/** A binder of this machine answers soon or not at all, in milliseconds. */
const systemTimeout = 2_000;

async function systemRegistrar(options: RegistrarOptions): Promise<Registrar | undefined> {
  const timeout = Math.min(options.timeout ?? systemTimeout, systemTimeout);
  for (const address of systemAddresses(options)) {
    const registrar = new RemoteRegistrar(address, timeout);
    if ((await registrar.probe()) === undefined) return registrar;
  }
  return undefined;
}

/** Ours on the fallback port, or that of whoever was faster. */
async function fallbackRegistrar(options: RegistrarOptions): Promise<Registrar> {
  const port = options.fallbackPort ?? fallbackRpcbindPort;
  try {
    const own = await startRpcbind({ port });
    return new LocalRegistrar(own, () => own.close());
  } catch (error) {
    if (!(error instanceof TransportError) || error.code !== "TRANSPORT_LISTEN_FAILED") throw error;
    const registrar = new RemoteRegistrar({ kind: "tcp", host: "127.0.0.1", port }, options.timeout);
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

  async dump(): Promise<readonly BinderEntry[]> {
    return this.#rpcbind.table.all();
  }

  close(): Promise<void> {
    return this.#stop();
  }
}

/** A binder that is spoken to. */
export class RemoteRegistrar implements Registrar {
  readonly place: string;
  readonly #binder: Binder;

  constructor(address: Address, timeout: number | undefined) {
    this.#binder = new Binder(address, { timeout });
    this.place = this.#binder.name;
  }

  get address(): string {
    return this.place;
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

  dump(): Promise<readonly BinderEntry[]> {
    return this.#binder.dump();
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
  dump: async () => [],
  close: async () => {},
};
