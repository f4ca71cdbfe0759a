// A channel that connects when the first call needs it, and again when the connection was lost. It knows neither
// sockets nor addresses: how to connect is handed in.

import { backoffDelay, defaultBackoff } from "../base/backoff.js";
import { type Clock, systemClock } from "../base/clock.js";
import { pause, waitFor } from "../base/wait.js";
import { type ConnectEvent, clientConnect, isWatched, watched } from "../peer/diagnostics.js";
import type { RecoverableCall } from "../peer/exchange.js";
import { checkTimeout, defaultTimeout, noSession } from "../peer/peer.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import { type CallPlace, RpcCancelled, RpcDisconnected, type RpcError, RpcTimeout } from "../rpc/errors.js";
import type { Semantics } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import type { ConnectingOptions } from "./connecting-options.js";
import {
  type Attempt,
  type Connect,
  type ConnectPatience,
  defaultConnectTimeout,
  type LiveChannel,
} from "./live-channel.js";
import { explain, notRun, tooLate, unanswered } from "./no-connection.js";

export interface ReconnectingOptions extends ConnectingOptions {
  /**
   * Creates the channel for calls that may run more than once: it sends them over this channel, and repeats them if
   * necessary.
   */
  readonly repeating?: ((over: ReconnectingChannel) => Promise<Channel>) | undefined;
  /** Creates the channel for calls that run exactly once, over this channel. */
  readonly sessions?: ((over: ReconnectingChannel) => Promise<Channel>) | undefined;
}

/** Connects when a call needs it. Calls in flight on a lost connection fail; the next call reconnects. */
export class ReconnectingChannel implements Channel {
  readonly #connect: Connect;
  readonly #options: ReconnectingOptions;
  readonly #clock: Clock;
  readonly #underway = new Set<Promise<unknown>>();
  /** Connections that are closed when the calls on them have ended. */
  readonly #retired = new Set<LiveChannel>();
  /** The sum of the counts of closed connections, and the counts of sessions. See stats.ts. */
  readonly past: Record<string, number>[] = [{}];
  #live: LiveChannel | undefined;
  #attempt: Attempt | undefined;
  /** The channels over this one that carry calls of other semantics, by the semantics. */
  readonly #carriers = new Map<Semantics, Promise<Channel> | Channel>();
  /** The number of attempts and connections that have failed in a row. */
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

  /** See `Channel.calledAs`. */
  get calledAs(): Address {
    return this.#options.calledAs ?? this.#options.remote;
  }

  /** See `Channel.security`. */
  get security(): Channel["security"] {
    return this.#live?.security;
  }

  /** True if the connection delivers every message once, or ends; undefined without a connection. */
  get reliable(): boolean | undefined {
    return this.#live?.reliable;
  }

  /** The connections that are open. */
  get open(): (LiveChannel | undefined)[] {
    return [this.#live, ...this.#retired];
  }

  /** True if a call would be sent at once. */
  get connected(): boolean {
    return this.#closed === undefined && this.#live?.connected === true;
  }

  /** @throws RpcError and its kinds. Failing to connect is RpcDisconnected with `mayHaveRun` false. */
  call(request: ChannelCall): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#refusal(undefined, this.#place(request)));
    const { semantics } = request.options;
    if (semantics !== "at-least-once" && semantics !== "exactly-once") return this.callOnce(request);
    const carrier = this.#carrier(semantics);
    if (carrier === undefined) {
      return semantics === "at-least-once" ? this.callOnce(request) : Promise.reject(noSession("a shared channel"));
    }
    if (!(carrier instanceof Promise)) return carrier.call(request);
    return this.#keepUntilSettled(carrier.then((channel) => channel.call(request)));
  }

  #carrier(semantics: "at-least-once" | "exactly-once"): Promise<Channel> | Channel | undefined {
    const { repeating, sessions } = this.#options;
    const known = this.#carriers.get(semantics);
    if (known !== undefined) return known;
    const making = (semantics === "at-least-once" ? repeating : sessions)?.(this);
    if (making === undefined) return undefined;
    this.#carriers.set(semantics, making);
    making.then(
      (channel) => this.#carriers.set(semantics, channel),
      () => this.#carriers.delete(semantics),
    );
    return making;
  }

  /** Like `call`, but ignores the call's semantics: it sends each copy of a repeated call. */
  callOnce(request: ChannelCall): Promise<unknown> {
    const live = this.#live;
    if (live?.connected) return this.#callOn(live, request);
    this.renew();
    return this.#keepUntilSettled(this.#connectAndCall(request));
  }

  /** Stops using the connection: the calls on it continue, and the next call makes a new connection. */
  renew(): void {
    if (this.#live !== undefined) this.#retire(this.#live);
  }

  /** Connects now instead of with the first call. @throws RpcError when that fails. */
  async connect(options: { timeout?: number | undefined; signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { timeout = this.#options.timeout ?? defaultTimeout, signal } = options;
    await this.#connected({ timeout, signal }, undefined);
  }

  /** Refuses new calls, waits for calls in flight and calls that wait for a connection, then closes. */
  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  /** Fails every call with RpcDisconnected and closes. */
  destroy(reason?: Error): void {
    this.#closed ??= Promise.resolve();
    this.#attempt?.abort.abort(this.#refusal(reason));
    this.#withCarriers((one) => one.destroy(reason));
    for (const channel of this.open) channel?.destroy(reason);
    this.renew();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #drain(): Promise<void> {
    await Promise.allSettled(this.#underway);
    await this.#withCarriers((one) => one.close());
    this.#attempt?.abort.abort(this.#refusal());
    this.renew();
    await Promise.all(this.#underway);
  }

  #withCarriers(work: (carrier: Channel) => unknown): Promise<unknown> {
    return Promise.allSettled(Array.from(this.#carriers.values(), async (carrier) => work(await carrier)));
  }

  async #connectAndCall(request: RecoverableCall): Promise<unknown> {
    const { program, procedure, args, options, recover } = request;
    const { timeout = this.#options.timeout ?? defaultTimeout, signal, background } = options;
    checkTimeout(timeout);
    const started = this.#clock.now();
    const failAtOnce = this.#options.failAtOnce === true && this.#options.waitForServer !== true;
    const live = await this.#connected({ timeout, signal, background, failAtOnce }, this.#place(request));
    const spent = this.#clock.now() - started;
    // Copies of the request by spread syntax would have hidden classes of their own, and all later calls would be slower.
    return this.#callOn(live, { program, procedure, args, options: { ...options, timeout }, spent, recover });
  }

  // Returns the call's own promise, without another one around it.
  #callOn(live: LiveChannel, request: RecoverableCall): Promise<unknown> {
    const outcome = live.call(request);
    if (this.#options.renewAfterTimeout) {
      outcome.catch((error: unknown) => {
        if (error instanceof RpcTimeout) this.#retire(live);
      });
    }
    return outcome;
  }

  /** Stops using a connection, but keeps it open for the calls on it, which may still be answered. */
  #retire(live: LiveChannel): void {
    if (this.#live === live) this.#live = undefined;
    const wasAnswered = live.stats?.replies !== 0;
    // After a failure, only a reply ends the backoff. A connection that ends before a reply counts as another failure.
    if (live.failed || (this.#failures > 0 && !wasAnswered)) this.#noteFailure(unanswered(this.#options.target));
    else if (wasAnswered) this.#failures = 0;
    this.#retired.add(live);
    const ended = live.close().finally(() => {
      this.#retired.delete(live);
      const [sum] = this.past as [Record<string, number>];
      for (const [name, count] of Object.entries({ connections: 1, ...live.stats }))
        sum[name] = (sum[name] ?? 0) + count;
    });
    this.#keepUntilSettled(ended);
  }

  /** `close` waits for it. */
  #keepUntilSettled<T>(work: Promise<T>): Promise<T> {
    const forget = (): boolean => this.#underway.delete(settled);
    const settled: Promise<unknown> = work.then(forget, forget);
    this.#underway.add(settled);
    return work;
  }

  /** Returns the current connection, or waits for the shared attempt until the caller's own deadline. */
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
        // A caller that retries immediately and endlessly must not starve the attempt to connect.
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
        // Attempts may fail faster than a timer fires, so check the deadline here.
        if (this.#clock.now() >= deadline) throw tooLate(timeout, place, failure);
      } finally {
        if (--attempt.waiting === 0 && this.#attempt === attempt && !attempt.background) this.#abandon(attempt);
      }
    }
  }

  /** No call waits any more: the next call starts a new attempt, and this one does not count as a failure. */
  #abandon(attempt: Attempt): void {
    this.#attempt = undefined;
    attempt.abort.abort(new Error("no call waits for the connection any more"));
  }

  /** True during the backoff and during the attempt after it, which runs in the background. */
  #failsAtOnce(): boolean {
    if (this.#attempt !== undefined) return this.#attempt.background;
    if (this.#clock.now() >= this.#notBefore) return false;
    this.#attempt = this.#begin(Number.POSITIVE_INFINITY, true);
    return true;
  }

  /**
   * `patience`: milliseconds that the requesting call has left. Other calls may share the attempt; calls with more time
   * start another.
   */
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

  /** Makes one connection within the time limit. A connection that is made later is closed. */
  async #tryOnce(abandoned: AbortSignal, patience: number, background: boolean): Promise<LiveChannel> {
    const limit = this.#options.connectTimeout ?? defaultConnectTimeout;
    const over = new AbortController();
    const making = this.#connect({ signal: over.signal, time: Math.max(1, Math.min(limit, patience)), background });
    try {
      return await waitFor(making, {
        timeout: limit,
        signal: abandoned,
        background,
        clock: this.#clock,
        onTimeout: () =>
          new RpcTimeout(`no connection to ${this.#options.target} within ${Math.ceil(limit)} ms`, notRun(undefined)),
        onAbort: (reason) => reason as Error,
      });
    } catch (error) {
      over.abort(error);
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
