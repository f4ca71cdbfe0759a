// A channel to several servers: follows a source of endpoints, keeps a connection to each server, and sends each call to
// one of them. The source is watched from the first call on, and watched again after it has failed.
import { type Backoff, backoffDelay, defaultBackoff } from "../base/backoff.js";
import type { Clock, Timer } from "../base/clock.js";
import { Deadlines } from "../peer/deadlines.js";
import { checkTimeout, defaultTimeout } from "../peer/peer.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import { type CallPlace, RpcDisconnected, type RpcError } from "../rpc/errors.js";
import type { Procedure, Program, Semantics } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import type { CallRouter } from "./call-router.js";
import { CallList, type Listed } from "./calls.js";
import type { Endpoint, Endpoints, Stop } from "./endpoints.js";
import { FailoverCall } from "./failover-call.js";
import type { Member, MemberContext } from "./member.js";
import { Members } from "./members.js";
import { type BalanceTimes, defaultBalanceTimes, type PoolOptions } from "./options.js";
import { RetryBudget } from "./retry-budget.js";
import type { MeaningOf } from "./verdict.js";

/**
 * Milliseconds for which the reason for a missing server is cached, so that a storm of calls does not cause a storm of
 * look-ups.
 */
const explanationLasts = 1_000;

export interface PoolChannelOptions extends PoolOptions {
  readonly endpoints: Endpoints;
  /** The call that checks whether a server is alive. */
  readonly program: Program;
  /** Makes the routes to a server, the best first. */
  readonly open: MemberContext["open"];
  /** True: the routes themselves wait between their attempts to connect. Default false. */
  readonly isPaced?: boolean | undefined;
  readonly timeout?: number | undefined;
  readonly connectTimeout: number;
  readonly waitForServer?: boolean | undefined;
  readonly backoff?: Backoff | undefined;
  readonly clock?: Clock | undefined;
  /** Reads the refusals of the servers' protocol. Default: only those of ONC RPC are known. */
  readonly meaningOf?: MeaningOf | undefined;
}

/** A channel that spreads calls over several servers. */
export class PoolChannel implements Channel, CallRouter {
  readonly deadlines: Deadlines;
  readonly times: BalanceTimes;
  waitForServer: boolean;
  readonly name: string;
  readonly budget: RetryBudget;
  readonly backoff: Backoff;
  readonly meaningOf: MeaningOf | undefined;
  readonly #options: PoolChannelOptions;
  readonly #members: Members;
  readonly #calls = new CallList<FailoverCall>();
  readonly #never = new AbortController();
  #whenIdle: (() => void)[] = [];
  #known: readonly Endpoint[] | undefined;
  #stop: Stop | undefined;
  #opening: Promise<void> | undefined;
  /** The number of failed attempts to watch the source, and the time of the next one. */
  #failures = 0;
  #notBefore = 0;
  /** Why the last attempt to watch the source failed. */
  #refusal: RpcError | undefined;
  #timer: Timer | undefined;
  #explained: { readonly program: Program; readonly until: number; readonly cause: Promise<Error> } | undefined;
  #last: Member | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: PoolChannelOptions) {
    this.#options = options;
    this.deadlines = new Deadlines(options.clock);
    this.name = options.endpoints.name;
    this.budget = new RetryBudget(options.retryBudget, this.deadlines.clock);
    this.backoff = options.backoff ?? defaultBackoff;
    this.meaningOf = options.meaningOf;
    this.times = { ...defaultBalanceTimes, ...options.times };
    this.waitForServer = options.waitForServer ?? false;
    checkTimeout(options.timeout);
    const context: MemberContext = {
      program: options.program,
      times: this.times,
      connectTimeout: options.connectTimeout,
      deadlines: this.deadlines,
      isPaced: options.isPaced ?? false,
      open: options.open,
      changed: (better) => this.#changed(better),
      silent: (member) => {
        for (const call of this.#calls.inOrder()) call.memberIsSilent(member);
      },
    };
    this.#members = new Members(context, options.balance);
  }

  /** The server that was chosen last; before that, a name for all of them. */
  get remote(): Address {
    return this.#last?.remote ?? { kind: "memory", name: this.name };
  }

  get trouble(): string | undefined {
    if (this.#known !== undefined) return undefined;
    return this.#refusal?.message ?? `the servers of ${this.name} are not known yet`;
  }

  /** @throws RpcError and its kinds. With no server to call: RpcDisconnected, whose cause is the source's own error. */
  call(request: ChannelCall): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(closedError(undefined, this.#place(request)));
    const { procedure, options } = request;
    const timeout = options.timeout ?? this.#options.timeout ?? defaultTimeout;
    const mayRepeat = semanticsOf(procedure, options.semantics) === "at-least-once" && procedure.oneWay !== true;
    return new Promise((resolve, reject) => {
      checkTimeout(timeout);
      const call = new FailoverCall(this, request, { timeout, mayRepeat }, resolve, reject);
      this.#calls.add(call);
      if (this.#known !== undefined) return call.tryNext();
      call.hold();
      this.#opening ??= this.#follow();
    });
  }

  /** Refuses new calls, lets those in flight finish, then closes the connections and stops to watch the source. */
  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  /** Fails every call with RpcDisconnected and closes. */
  destroy(reason?: Error): void {
    this.#closed ??= Promise.resolve();
    this.waitForServer = false;
    for (const call of this.#calls.inOrder()) call.destroy(closedError(reason));
    this.#members.destroy(reason);
    this.#unwatch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  choose(program: Program, tried: readonly Member[]): Member | undefined {
    if (this.#closed !== undefined && this.#calls.size === 0) return undefined;
    return this.#members.choose(program, tried);
  }

  used(member: Member): void {
    this.#last = member;
  }

  countOthers(program: Program, tried: readonly Member[]): number {
    return this.#members.countOthers(program, tried);
  }

  async explainNone(request: ChannelCall): Promise<RpcError> {
    const { program } = request;
    if (this.#closed !== undefined && this.#stop === undefined) return closedError();
    const now = this.deadlines.clock.now();
    if (this.#explained?.program !== program || this.#explained.until < now) {
      const cause = this.#explain(program, this.#known ?? []);
      this.#explained = { program, until: now + explanationLasts, cause };
    }
    return this.#unreachable(await this.#explained.cause, this.#place(request));
  }

  async #explain(program: Program, endpoints: readonly Endpoint[]): Promise<Error> {
    const explained = await this.#options.endpoints.explain?.(program, endpoints).catch(() => undefined);
    const what = endpoints.length === 0 ? "server" : `server of ${program.name} version ${program.version}`;
    return explained ?? new RpcDisconnected(`${this.name} has no ${what} at the moment`, { mayHaveRun: false });
  }

  ended(call: Listed): void {
    this.#calls.remove(call);
    if (this.#calls.size > 0 || this.#whenIdle.length === 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #changed(better: boolean): void {
    this.#members.forgetChoice();
    if (better) this.#wake();
  }

  #wake(): void {
    for (const call of this.#calls.inOrder()) call.serversChanged();
  }

  /** Watches the source: repeats failed attempts if calls wait for servers, else tries once. */
  async #follow(): Promise<void> {
    const delay = this.#notBefore - this.deadlines.clock.now();
    if (delay > 0)
      await new Promise<void>((resolve) => (this.#timer = this.deadlines.clock.setTimeout(resolve, delay)));
    try {
      await this.#watch();
      this.#refusal = undefined;
    } catch (error) {
      await this.#unwatch();
      this.#watchFailed(error);
    }
  }

  #watchFailed(error: unknown): void {
    this.#failures++;
    const { clock } = this.deadlines;
    this.#notBefore = clock.now() + backoffDelay(this.backoff, this.#failures, clock.random());
    this.#refusal = this.#unreachable(error);
    this.#opening = undefined;
    if (this.#calls.size === 0) return;
    if (this.waitForServer) this.#opening = this.#follow();
    else for (const call of this.#calls.inOrder()) call.fail(this.#refusal);
  }

  async #watch(): Promise<void> {
    const { signal } = this.#never;
    const stop = await this.#options.endpoints.watch((endpoints) => this.#update(endpoints), signal);
    this.#stop = stop;
    if (signal.aborted) await this.#unwatch();
  }

  #update(endpoints: readonly Endpoint[]): void {
    if (this.#never.signal.aborted) return;
    this.#known = endpoints;
    this.#explained = undefined;
    this.#members.update(endpoints);
    this.#wake();
  }

  #place({ program, procedure }: ChannelCall): CallPlace {
    const { name, version } = program;
    return { program: name, version, procedure: procedure.name, peer: this.name };
  }

  #unreachable(cause: unknown, place?: CallPlace): RpcError {
    const why =
      cause instanceof Error && "code" in cause ? cause.message : `${this.name} cannot be looked up: ${cause}`;
    return new RpcDisconnected(why, { mayHaveRun: false, cause, ...(place && { place }) });
  }

  async #drain(): Promise<void> {
    if (this.#calls.size > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    const left = this.#unwatch();
    await this.#members.close();
    await left;
  }

  async #unwatch(): Promise<void> {
    const stop = this.#stop;
    this.#stop = undefined;
    if (this.#closed !== undefined) {
      this.deadlines.clock.clearTimeout(this.#timer);
      this.#never.abort();
    }
    // A closed client cannot use the source's error.
    await Promise.resolve(stop?.()).catch(() => undefined);
  }
}

/**
 * The semantics of a call whose client has not set any: those of the interface, and "at-least-once" for procedure 0.
 */
function semanticsOf({ number, semantics }: Procedure, chosen: Semantics | undefined): Semantics {
  return chosen ?? semantics ?? (number === 0 ? "at-least-once" : "at-most-once");
}

function closedError(cause?: Error, place?: CallPlace): RpcDisconnected {
  const options = { mayHaveRun: false, ...(cause && { cause }), ...(place && { place }) };
  return new RpcDisconnected("the client was closed; make a new one", options);
}
