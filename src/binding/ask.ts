// Asks the first binder that answers.
import { isIPv6 } from "node:net";
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { isOutOfDescriptors } from "../base/no-descriptors.js";
import { RpcDisconnected, type RpcError, RpcTimeout } from "../rpc/errors.js";
import { type Address, formatAddress } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";
import { type TlsConnectOptions, tlsConnectOptions } from "../transport/tls/connect-options.js";
import { Binder, isNoAnswer } from "./binder.js";
import { binderTls } from "./binder-tls.js";
import { BindingError } from "./errors.js";
import { type BinderPlaces, binderAddresses, parseBinderAddress, placeOptions } from "./places.js";
import type { BinderEntry } from "./rpcbind/table.js";

/** Options of `askBinders`. */
export interface AskBindersOptions {
  /** The host that the binders belong to, for error messages. */
  readonly host: string;
  /** Milliseconds that one question may take. */
  readonly timeout: number;
  /** Aborting it rejects with the signal's reason. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /**
   * TLS for binders at `tls:` addresses, and for those at `tcp:` addresses that offer it. Default: none, and for `tls:` addresses the
   * authorities that Node trusts.
   */
  readonly tls?: TlsConnectOptions | undefined;
}

const askBindersOptions: OptionTable<AskBindersOptions> = {
  host: "text",
  timeout: "time",
  signal: "signal",
  tls: tlsConnectOptions,
};

/**
 * Asks binders one after another until one answers, and returns what `question` made of the answer.
 * @throws BindingError RPC_NO_BINDER if none answers, and every error that `question` throws after an answer. TypeError for a wrong
 * option.
 * @example
 * await using rpcbind = await startRpcbind({ port: 0 });
 * const entries = await askBinders([rpcbind.address], { host: "localhost", timeout: 3_000 }, (binder) => binder.dump());
 * console.log(entries.length > 0); // true
 */
export async function askBinders<T>(
  addresses: readonly Address[],
  options: AskBindersOptions,
  question: (binder: Binder) => Promise<T>,
): Promise<T> {
  checkOptions(askBindersOptions, options);
  const { host, timeout, signal, tls } = options;
  const failures: RpcError[] = [];
  for (const address of addresses) {
    await using binder = new Binder(address, { timeout, tls: binderTls(address, tls) });
    try {
      return await question(binder);
    } catch (error) {
      if (!(isSilence(error) || isNoAnswer(error)) || signal?.aborted) throw error;
      if (isUnknownHost(error as Error)) throw unknownHost(host, error as Error);
      failures.push(error as RpcError);
    }
  }
  throw failures.find((failure) => !isSilence(failure)) ?? noBinder(host, addresses, failures);
}

/** Options of `listRegistrations`. */
export interface ListOptions extends BinderPlaces {
  /** The binder's address. Default: the host's usual place. */
  readonly rpcbind?: string | undefined;
  /** Milliseconds that one question may take. Default 3000. */
  readonly timeout?: number | undefined;
  /** Aborting it rejects with the signal's reason. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /**
   * TLS for binders at `tls:` addresses, and for those at `tcp:` addresses that offer it. Default: none, and for `tls:` addresses the
   * authorities that Node trusts.
   */
  readonly tls?: TlsConnectOptions | undefined;
}

const listOptions: OptionTable<ListOptions> = {
  ...placeOptions,
  rpcbind: "text",
  timeout: "time",
  signal: "signal",
  tls: tlsConnectOptions,
};

/**
 * Returns all registrations of a host's binder, and which binder answered.
 * @throws BindingError RPC_NO_BINDER if no binder answers, RpcError; TypeError for a wrong option.
 * @example
 * await using rpcbind = await startRpcbind({ port: 0 });
 * const { entries } = await listRegistrations("127.0.0.1", { rpcbind: rpcbind.url });
 * console.log(entries.some(({ program }) => program === 100_000)); // true
 */
export async function listRegistrations(
  host: string,
  options: ListOptions = {},
): Promise<{ readonly binder: string; readonly entries: readonly BinderEntry[] }> {
  checkOptions(listOptions, options);
  const { rpcbind, timeout = 3_000, signal, tls } = options;
  const addresses = rpcbind === undefined ? binderAddresses(host, "tcp", options) : [parseBinderAddress(rpcbind)];
  return askBinders(addresses, { host, timeout, signal, tls }, async (binder) => {
    const entries = await binder.dump(signal === undefined ? {} : { signal });
    return { binder: binder.name, entries };
  });
}

/** No binder answers there, so try the next place. Any other error is an answer, that of a binder without the right certificate too. */
function isSilence(error: unknown): error is RpcError {
  if (error instanceof RpcTimeout) return true;
  if (!(error instanceof RpcDisconnected)) return false;
  const { code } = (error.cause ?? {}) as Partial<TransportError>;
  return code !== "TRANSPORT_TLS_FAILED" && code !== "TRANSPORT_TLS_NOT_OFFERED";
}

export function isUnknownHost(error: Error): boolean {
  return lookUpFailure(error) !== undefined;
}

/** The system's code if a host's name could not be looked up. */
function lookUpFailure({ cause }: Error): string | undefined {
  const system = cause instanceof TransportError ? (cause.cause as NodeJS.ErrnoException | undefined) : undefined;
  return system?.code === "ENOTFOUND" || system?.code === "EAI_AGAIN" ? system.code : undefined;
}

export function unknownHost(host: string, cause: Error): BindingError {
  const isSilent = lookUpFailure(cause) === "EAI_AGAIN";
  const why = isSilent ? "cannot be looked up: no name server answers" : "is not known: check its spelling";
  return new BindingError("RPC_NO_BINDER", `the host name ${host} ${why}`, { cause });
}

export function noBinder(host: string, addresses: readonly Address[], failures: readonly unknown[]): BindingError {
  const own = failures.find(isOutOfDescriptors) as Error | undefined;
  if (own !== undefined) {
    const message = `cannot ask the rpcbind of ${host}: out of file descriptors (EMFILE): raise the limit (ulimit -n)`;
    return new BindingError("RPC_NO_BINDER", message, { cause: own });
  }
  const [first, ...others] = addresses.map((address) => formatAddress(address).replace(/^tcp:\/\//, ""));
  const also = others.length === 0 ? "" : ` (nor at ${others.join(", ")})`;
  const direct = `tcp://${isIPv6(host) ? `[${host}]` : host}:PORT`;
  const advice = `start rpcbind there, or the server if it brings its own, or call the server by its address, ${direct}`;
  return new BindingError("RPC_NO_BINDER", `no rpcbind answers at ${first}${also}: ${advice}`, { cause: failures[0] });
}
