// Which binder a server registers with.
import { existsSync } from "node:fs";
import { wrong } from "../base/check-options.js";
import { type Address, isAddress } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";
import { Binder } from "./binder.js";
import { Rpcbind, type RpcbindOptions } from "./embedded.js";
import { BindingError } from "./errors.js";
import { type BinderPlaces, parseBinderAddress } from "./places.js";
import { LocalRegistrar, nobody, type Registrar, RemoteRegistrar } from "./registrar.js";
import { isReachable } from "./standing-connection.js";
import { fallbackRpcbindPort, rpcbindPort, rpcbindSocket } from "./well-known.js";

/**
 * Which binder to register with:
 * - "auto": the machine's own binder, if it answers; otherwise a binder that is started in this process on port 10111 of the loopback
 *   interface, or that another process has started there. Clients on this machine find both.
 * - "system": the machine's own binder; an error if it does not answer;
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

/** @throws TypeError */
export function checkBinder(binder: unknown): void {
  if (binder === undefined || typeof binder === "string" || binder instanceof Rpcbind || isAddress(binder)) return;
  wrong("options.binder", binder, '"auto", "system", "none", an address, or a binder that startRpcbind returned');
}

/** Starts a binder in this process. */
export type StartRpcbind = (options: RpcbindOptions) => Promise<Rpcbind>;

/** @throws BindingError RPC_NO_BINDER when the wanted binder does not answer. */
export async function chooseRegistrar(options: RegistrarOptions, start: StartRpcbind): Promise<Registrar> {
  const { binder = "auto" } = options;
  if (binder instanceof Rpcbind) return new LocalRegistrar(binder, false);
  if (binder === "none") return nobody;
  if (binder === "auto") return (await systemRegistrar(options)) ?? fallbackRegistrar(options, start);
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

/** Milliseconds to wait: a binder on this machine answers quickly or not at all. */
const systemTimeout = 2_000;

/** The machine's own binder, if it answers. */
export async function systemRegistrar(options: RegistrarOptions): Promise<RemoteRegistrar | undefined> {
  const timeout = Math.min(options.timeout ?? systemTimeout, systemTimeout);
  for (const address of systemAddresses(options)) {
    const registrar = new RemoteRegistrar(address, timeout);
    if ((await registrar.probe()) === undefined) return registrar;
  }
  return undefined;
}

/** Whether something listens at the place of the machine's own binder: cheaper than asking it. */
export async function hasSystemBinder(places: BinderPlaces, signal: AbortSignal): Promise<boolean> {
  for (const address of systemAddresses(places)) {
    if (address.kind !== "udp" && (await isReachable(address, signal))) return true;
  }
  return false;
}

/** Our binder on the fallback port, or that of another process that was faster. */
async function fallbackRegistrar(options: RegistrarOptions, start: StartRpcbind): Promise<Registrar> {
  const port = options.fallbackPort ?? fallbackRpcbindPort;
  try {
    const own = await start({ port });
    return new LocalRegistrar(own, true);
  } catch (error) {
    if (!(error instanceof TransportError) || error.code !== "TRANSPORT_LISTEN_FAILED") throw error;
    const registrar = new RemoteRegistrar({ kind: "tcp", host: "127.0.0.1", port }, options.timeout);
    if ((await registrar.probe()) === undefined) return registrar;
    throw noBinder(`no rpcbind answers on this machine, and port ${port}, where one could be started, is taken`, error);
  }
}

/** True if it only stands in for the machine's own binder, which may start later. */
export function standsIn(registrar: Registrar, options: RegistrarOptions): boolean {
  if ((options.binder ?? "auto") !== "auto") return false;
  const port = options.fallbackPort ?? fallbackRpcbindPort;
  return registrar.isOwn || registrar.address === `tcp://127.0.0.1:${port}`;
}
