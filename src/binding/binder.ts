// A conversation with one binder. Asks in version 4, then 3, then 2, and remembers which one the binder speaks.

import { checkOptions, type OptionTable } from "../base/check-options.js";
import { reconnecting } from "../client/connect.js";
import type { ReconnectingChannel } from "../client/reconnecting-channel.js";
import { RpcCodecError, RpcDisconnected, RpcRefused, RpcRejected } from "../rpc/errors.js";
import { type Address, formatAddress, netidOf } from "../transport/address.js";
import { type TlsConnectOptions, tlsConnectOptions } from "../transport/tls/connect-options.js";
import type { AskOptions, BinderDialect, BinderKey } from "./dialect.js";
import { portmapDialect } from "./portmap/client.js";
import { rpcbindDialect } from "./rpcbind/client.js";
import type { BinderEntry } from "./rpcbind/table.js";

/** Milliseconds that one question to a binder may take. */
export const defaultBinderTimeout = 5_000;

/** Options of a Binder. */
export interface BinderOptions {
  /** Milliseconds that one question may take. Default 5000. */
  readonly timeout?: number | undefined;
  /** TLS, for a binder's TCP address. Default: none, in clear text. */
  readonly tls?: TlsConnectOptions | undefined;
}

const askOptions: OptionTable<AskOptions> = { signal: "signal" };
const binderOptions: OptionTable<BinderOptions> = { timeout: "time", tls: tlsConnectOptions };

/** The caller decides when to ask again. Some binders close the connection after each question, answered or not. */
const noBackoff = { first: 0, factor: 1, most: 0, jitter: 0 };

/** @internal Any user of a machine may register text that is not UTF-8: the registrations of others must stay readable. */
export const forgive = (): void => {};

/**
 * A binder (rpcbind or portmap) at one address. The constructor does no I/O; the first request connects. A request without an answer in time rejects
 * with RpcTimeout.
 * @example
 * await using rpcbind = await startRpcbind({ port: 0 });
 * await using binder = new Binder(rpcbind.address);
 * console.log((await binder.dump()).length > 0); // true
 */
export class Binder implements AsyncDisposable {
  readonly #channel: ReconnectingChannel;
  #dialects: readonly BinderDialect[];

  /** Does no I/O: the first request connects, and fails if the address cannot be reached. @throws TypeError for a wrong option. */
  constructor(address: Address, options: BinderOptions = {}) {
    checkOptions(binderOptions, options);
    const timeout = options.timeout ?? defaultBinderTimeout;
    const retransmit = { first: 500 };
    const { tls } = options;
    const settings = { timeout, connectTimeout: timeout, retransmit, backoff: noBackoff, tls, lenient: forgive };
    this.#channel = reconnecting({ kind: "fixed", address }, settings, {});
    this.#dialects = [
      rpcbindDialect(this.#channel, 4),
      rpcbindDialect(this.#channel, 3),
      portmapDialect(this.#channel),
    ];
  }

  /** The binder's address. After the first answer, with the IP address that its host name resolved to. */
  get address(): Address {
    return this.#channel.remote;
  }

  /** "tcp://localhost:111", for messages. */
  get name(): string {
    return formatAddress(this.address);
  }

  /** The protocol version in use: 4, until the binder reports that it supports only older versions. */
  get version(): number {
    return this.#dialects[0]?.version ?? 2;
  }

  /**
   * Finds out which protocol version the binder supports.
   * @throws RpcError if the binder does not answer.
   */
  async probe(options: AskOptions = {}): Promise<void> {
    await this.#ask(options, (dialect) => dialect.probe(options));
  }

  /**
   * Connects, so that `netid` is known.
   * @throws RpcError if the binder does not answer.
   */
  async connect(options: AskOptions = {}): Promise<void> {
    checkOptions(askOptions, options);
    await this.#channel.connect(options);
  }

  /** The network identifier of the connection: "tcp6" if "localhost" resolved to ::1, for example. */
  get netid(): string {
    return netidOf(this.address);
  }

  /**
   * Returns the universal address of a program, or "" if it is not registered. Versions 3 and 4 answer only for the
   * transport that the question was sent over: compare `netid`. The answer may be the address of another version.
   * @throws RpcError
   */
  lookUp(key: BinderKey, options: AskOptions = {}): Promise<string> {
    return this.#ask(options, (dialect) => dialect.lookUp(key, options));
  }

  /**
   * Registers a program. Returns false if the binder refuses.
   * @throws RpcError
   */
  set(entry: BinderEntry, options: AskOptions = {}): Promise<boolean> {
    return this.#ask(options, (dialect) => dialect.set(entry, options));
  }

  /**
   * Removes a registration. Returns false if another user owns it; some binders also if it does not exist.
   * @throws RpcError
   */
  unset(key: BinderKey, options: AskOptions = {}): Promise<boolean> {
    return this.#ask(options, (dialect) => dialect.unset(key, options));
  }

  /**
   * Returns all registrations.
   * @throws RpcError
   */
  dump(options: AskOptions = {}): Promise<BinderEntry[]> {
    return this.#ask(options, (dialect) => dialect.dump(options));
  }

  /** Waits for open requests, then closes the connection. Later requests reject with RpcDisconnected. */
  async close(): Promise<void> {
    await this.#channel.close();
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The protocol versions that the binder may speak, newest first. */
  get dialects(): readonly BinderDialect[] {
    return this.#dialects;
  }

  async #ask<T>(options: AskOptions, question: (dialect: BinderDialect) => Promise<T>): Promise<T> {
    checkOptions(askOptions, options);
    const dialects = this.#dialects;
    let failure: unknown;
    for (const [at, dialect] of dialects.entries()) {
      try {
        const answer = await question(dialect);
        // Another question may have found the version in the meantime.
        if (at > 0 && this.#dialects === dialects) this.#dialects = dialects.slice(at);
        return answer;
      } catch (error) {
        if (!isNoAnswer(error)) throw error;
        // Prefer an error other than "unsupported version"; otherwise use the last one.
        if (failure === undefined || isOlder(failure)) failure = error;
      }
    }
    throw failure;
  }
}

/**
 * Whether another version of the protocol may succeed. Binders answer an unsupported version in many ways: they refuse
 * or deny it, fail, close the connection, or answer a different question.
 */
export function isNoAnswer(error: unknown): boolean {
  if (error instanceof RpcDisconnected) return error.mayHaveRun;
  return error instanceof RpcRefused || error instanceof RpcRejected || error instanceof RpcCodecError;
}

function isOlder(error: unknown): boolean {
  const code = error instanceof RpcRefused ? error.code : "";
  return ["RPC_PROG_MISMATCH", "RPC_PROG_UNAVAIL", "RPC_PROC_UNAVAIL"].includes(code);
}
