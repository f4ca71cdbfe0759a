// A channel that connects when the first call needs it, and again when the connection was lost. It knows neither
// sockets nor addresses: how to connect is handed in.

import { type Backoff, backoffDelay, defaultBackoff } from "../base/backoff.js";
import { type Clock, systemClock } from "../base/clock.js";
import { pause, waitFor } from "../base/wait.js";
import { type ConnectEvent, clientConnect, isWatched, watched } from "../peer/diagnostics.js";
import { checkTimeout, defaultTimeout } from "../peer/peer.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import { type CallPlace, RpcCancelled, RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import type { Address } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";

/** A channel that reports whether it can still carry calls. */
export interface LiveChannel extends Channel {
  /** It has ended, and none of the calls that were made on it was ever answered. */
  readonly failed: boolean;
  /** False from the moment the connection is closing, lost, or silent as one that is lost without a word. */
  readonly connected: boolean;
}

/** How a connection is wanted. */
export interface ConnectWish {
  /** Aborted: give up. */
  readonly signal: AbortSignal;
  /** Milliseconds after which it is of no use any more. */
  readonly time: number;
  /** Nobody waits for it: making it does not keep the process alive. */
  readonly background: boolean;
}

/** Makes one connection. */
export type Connect = (wish: ConnectWish) => Promise<LiveChannel>;

/** Milliseconds that one attempt to connect may take, including the look-up at rpcbind. */
export const defaultConnectTimeout = 10_000;

export interface ReconnectingOptions {
  /** What `remote` says before there is a connection. */
  readonly remote: Address;
  /** The target as the caller wrote it, for messages. */
  readonly target: string;
  /** Milliseconds that a call may take where it says nothing itself. Default 30,000. */
  readonly timeout?: number | undefined;
  readonly connectTimeout?: number | undefined;
  readonly backoff?: Backoff | undefined;
  /** True: a call whose attempt to connect fails tries again until its deadline. Default false: it fails at once. */
  readonly waitForServer?: boolean | undefined;
  /**
   * True: while the backoff after a failure lasts, calls fail at once with the last error, and the next attempt is made in
   * the background. Default false: they wait for the next attempt. Without effect where `waitForServer` is true.
   */
  readonly failAtOnce?: boolean | undefined;
  /**
   * True: after a call has timed out the next one makes a new connection. For datagrams, where nothing else shows that
   * the server moved to another port. A stream reports it by `connected`. Calls in flight keep their connection.
   */
  readonly renewAfterTimeout?: boolean | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Makes what carries calls that may run more than once: it sends them over this channel, again if need be. */
  readonly repeating?: ((over: ReconnectingChannel) => Promise<Channel>) | undefined;
}

/** How long, and until when, a call waits for a connection. */
interface ConnectPatience {
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly background?: boolean | undefined;
  /** Whether the last error will do while the next attempt is not due. */
  readonly failAtOnce?: boolean | undefined;
}

/** One attempt to connect, shared by every call that waits for it. */
interface Attempt {
  readonly result: Promise<LiveChannel>;
  readonly abort: AbortController;
  /** Milliseconds that the call had for which it was begun. */
  readonly patience: number;
  /** It follows a failure: nobody waits for it who has not said so. */
  readonly background: boolean;
  waiting: number;
}

/** See the file's head. Calls in flight on a lost connection fail; the next call connects anew. */
export class ReconnectingChannel implements Channel {
  readonly #connect: Connect;
  readonly #options: ReconnectingOptions;
  readonly #clock: Clock;
  readonly #underway = new Set<Promise<unknown>>();
  /** Connections that are left to the calls on them. */
  readonly #retired = new Set<LiveChannel>();
  #live: LiveChannel | undefined;
  #attempt: Attempt | undefined;
  #repeater: Promise<Channel> | undefined;
  /** Attempts to connect, and connections, that have failed in a row. */
  #failures = 0;
  #lastFailure: unknown;
  #hadConnection = false;
  #notBefore = 0;
  #closed: Promise<void> | undefined;

  constructor(connect: Connect, options: ReconnectingOptions) {
    this.#connect = connect;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get remote(): Address {
    return this.#live?.remote ?? this.#options.remote;
  }

  /** Whether a call would go out at once. */
  get connected(): boolean {
    return this.#closed === undefined && this.#live?.connected === true;
  }

  /** @throws RpcError and its kinds. Failing to connect is RpcDisconnected with `mayHaveRun` false. */
  call(request: ChannelCall): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#refusal(undefined, this.#place(request)));
    const { repeating } = this.#options;
    if (repeating === undefined || request.options.semantics !== "at-least-once") return this.callOnce(request);
    this.#repeater ??= repeating(this).catch((error: unknown) => {
      this.#repeater = undefined;
      throw error;
    });
    return this.#keepUntilSettled(this.#repeater.then((repeater) => repeater.call(request)));
  }

  /** As `call`, whatever the call's semantics: what repeats calls sends each copy by this. */
  callOnce(request: ChannelCall): Promise<unknown> {
    const live = this.#live;
    if (live?.connected) return this.#callOn(live, request);
    this.renew();
    return this.#keepUntilSettled(this.#connectAndCall(request));
  }

  /** Leaves the connection to the calls that are on it: the next call makes another. */
  renew(): void {
    if (this.#live !== undefined) this.#retire(this.#live);
  }

  /** Connects now instead of with the first call. @throws RpcError when that fails. */
  async connect(options: { timeout?: number | undefined; signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { timeout = this.#options.timeout ?? defaultTimeout, signal } = options;
    await this.#connected({ timeout, signal }, undefined);
  }

  /** Refuses new calls, lets those in flight and those that wait for a connection finish, then closes. */
  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  /** Fails every call with RpcDisconnected and closes. */
  destroy(reason?: Error): void {
    this.#closed ??= Promise.resolve();
    this.#attempt?.abort.abort(this.#refusal(reason));
    this.#repeater?.then((repeater) => repeater.destroy(reason)).catch(() => undefined);
    for (const channel of [this.#live, ...this.#retired]) channel?.destroy(reason);
    this.#live = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #drain(): Promise<void> {
    await Promise.allSettled(this.#underway);
    await this.#repeater?.then((repeater) => repeater.close()).catch(() => undefined);
    this.#attempt?.abort.abort(this.#refusal());
    await this.#live?.close();
    this.#live = undefined;
  }

  async #connectAndCall(request: ChannelCall): Promise<unknown> {
    const { timeout = this.#options.timeout ?? defaultTimeout, signal, background } = request.options;
    checkTimeout(timeout);
    const started = this.#clock.now();
    const failAtOnce = this.#options.failAtOnce === true && this.#options.waitForServer !== true;
    const live = await this.#connected({ timeout, signal, background, failAtOnce }, this.#place(request));
    const spent = this.#clock.now() - started;
    return this.#callOn(live, { ...request, options: { ...request.options, timeout }, spent });
  }

  // No promise of ours stands between the call and its caller.
  #callOn(live: LiveChannel, request: ChannelCall): Promise<unknown> {
    const outcome = live.call(request);
    if (this.#options.renewAfterTimeout) {
      outcome.catch((error: unknown) => {
        if (error instanceof RpcTimeout) this.#retire(live);
      });
    }
    return outcome;
  }

  /** Leaves a connection to the calls that are on it: they may still be answered. */
  #retire(live: LiveChannel): void {
    if (this.#live === live) this.#live = undefined;
    if (live.failed) this.#noteFailure(unanswered(this.#options.target));
    else this.#failures = 0;
    this.#retired.add(live);
    this.#keepUntilSettled(live.close().finally(() => this.#retired.delete(live)));
  }

  /** `close` waits for it. */
  #keepUntilSettled<T>(work: Promise<T>): Promise<T> {
    const forget = (): boolean => this.#underway.delete(settled);
    const settled: Promise<unknown> = work.then(forget, forget);
    this.#underway.add(settled);
    return work;
  }

  /** The connection there is, or the one that the shared attempt makes, within the caller's own deadline. */
  async #connected(
    { timeout, signal, background, failAtOnce }: ConnectPatience,
    place: CallPlace | undefined,
  ): Promise<LiveChannel> {
    const deadline = this.#clock.now() + timeout;
    let failure: unknown;
    for (;;) {
      if (this.#live?.connected) return this.#live;
      if (failAtOnce && this.#failsAtOnce()) {
        const failed = explain(this.#lastFailure, place);
        // A caller that tries again at once, for ever, must not keep the process from the attempt to connect.
        await new Promise((resolve) => setImmediate(resolve));
        throw failed;
      }
      let own: RpcError | undefined;
      const patience = deadline - this.#clock.now();
      this.#attempt ??= this.#begin(patience, false);
      const attempt = this.#attempt;
      attempt.waiting++;
      try {
        return await waitFor(attempt.result, {
          timeout: patience,
          signal,
          background,
          clock: this.#clock,
          onTimeout: () => (own = tooLate(timeout, place, failure)),
          onAbort: (cause) => (own = new RpcCancelled("cancelled while connecting", { ...notRun(place), cause })),
        });
      } catch (error) {
        const isPatient = this.#options.waitForServer === true || patience > attempt.patience;
        const again = own === undefined && isPatient && this.#closed === undefined;
        if (!again) throw explain(error, place);
        failure = error;
        // Attempts that fail faster than a timer fires must not outrun the deadline.
        if (this.#clock.now() >= deadline) throw tooLate(timeout, place, failure);
      } finally {
        if (--attempt.waiting === 0 && this.#attempt === attempt && !attempt.background) this.#abandon(attempt);
      }
    }
  }

  /** Nobody waits any more: the next call begins afresh, and this does not count as a failure. */
  #abandon(attempt: Attempt): void {
    this.#attempt = undefined;
    attempt.abort.abort(new Error("nobody waits for the connection any more"));
  }

  /** True during the backoff and the attempt after it, which continues in the background. */
  #failsAtOnce(): boolean {
    if (this.#attempt !== undefined) return this.#attempt.background;
    if (this.#clock.now() >= this.#notBefore) return false;
    this.#attempt = this.#begin(Number.POSITIVE_INFINITY, true);
    return true;
  }

  /** `patience`: the milliseconds that the call has which needs it. Others may join; those with more begin another. */
  #begin(patience: number, background: boolean): Attempt {
    const abort = new AbortController();
    const result = this.#makeConnection(abort, patience, background);
    const attempt: Attempt = { result, abort, patience, background, waiting: 0 };
    const over = (): void => {
      if (this.#attempt === attempt) this.#attempt = undefined;
    };
    result.then(over, over);
    return attempt;
  }

  async #makeConnection({ signal }: AbortController, patience: number, background: boolean): Promise<LiveChannel> {
    const wait = Math.max(0, this.#notBefore - this.#clock.now());
    await pause(wait, { signal, background, clock: this.#clock });
    signal.throwIfAborted();
    try {
      const live = await this.#watchedTry(() => this.#tryOnce(signal, patience - wait, background));
      this.#notBefore = 0;
      this.#live = live;
      this.#hadConnection = true;
      return live;
    } catch (error) {
      if (!signal.aborted) this.#noteFailure(error);
      throw error;
    }
  }

  #noteFailure(error: unknown): void {
    this.#lastFailure = error;
    const delay = backoffDelay(this.#options.backoff ?? defaultBackoff, ++this.#failures, this.#clock.random());
    this.#notBefore = this.#clock.now() + delay;
  }

  /** Publishes the attempt on `lupine:client:connect` if the channel has subscribers. */
  #watchedTry(work: () => Promise<LiveChannel>): Promise<LiveChannel> {
    if (!isWatched(clientConnect)) return work();
    const started = this.#clock.now();
    const { target } = this.#options;
    const event: ConnectEvent = { target, reconnect: this.#hadConnection, failures: this.#failures, started };
    return watched(clientConnect, event, work);
  }

  /** One connection within the limit. One that comes later than that is thrown away. */
  async #tryOnce(abandoned: AbortSignal, patience: number, background: boolean): Promise<LiveChannel> {
    const limit = this.#options.connectTimeout ?? defaultConnectTimeout;
    const expiry = new AbortController();
    const signal = AbortSignal.any([abandoned, expiry.signal]);
    const making = this.#connect({ signal, time: Math.max(1, Math.min(limit, patience)), background });
    try {
      return await waitFor(making, {
        timeout: limit,
        signal: abandoned,
        background,
        clock: this.#clock,
        onTimeout: () =>
          new RpcTimeout(`no connection to ${this.#options.target} within ${limit} ms`, notRun(undefined)),
        onAbort: (reason) => reason as Error,
      });
    } catch (error) {
      expiry.abort(error);
      making.then(
        (late) => late.destroy(),
        () => {},
      );
      throw error;
    }
  }

  #place(request: ChannelCall): CallPlace {
    const { program, procedure } = request;
    return { program: program.name, version: program.version, procedure: procedure.name, peer: this.#options.target };
  }

  #refusal(cause?: Error, place?: CallPlace): RpcDisconnected {
    return new RpcDisconnected("the client was closed; make a new one", { ...notRun(place), ...(cause && { cause }) });
  }
}

function unanswered(target: string): TransportError {
  return new TransportError(
    "TRANSPORT_RESET",
    `the last connection to ${target} ended before any call on it was answered`,
  );
}

/** RPC errors speak for themselves; anything else is a connection that could not be made. */
function explain(error: unknown, place: CallPlace | undefined): RpcError {
  if (error instanceof RpcError) return error;
  const why = error instanceof TransportError ? error.message : `cannot connect: ${(error as Error)?.message ?? error}`;
  return new RpcDisconnected(why, { ...notRun(place), cause: error });
}

/** `failure` is what the last attempt failed with, where calls wait for the server. */
function tooLate(timeout: number, place: CallPlace | undefined, failure: unknown): RpcTimeout {
  const why = failure instanceof Error ? `: ${failure.message}` : "";
  return new RpcTimeout(`no connection within ${timeout} ms${why}`, { ...notRun(place), cause: failure });
}

function notRun(place: CallPlace | undefined): { mayHaveRun: false; place?: CallPlace } {
  return place === undefined ? { mayHaveRun: false } : { mayHaveRun: false, place };
}
