// One server of a pool as a client sees it: its connection, the calls on it, and its health.
//
//   good --failed, or silent with calls in flight--> quarantined --answers procedure 0--> good
//
// A quarantined server is called only if there is no other. It is probed repeatedly over a connection of its own, so
// that no caller's call is used to find out whether it has recovered. If it could not be connected to, or hung up before
// it had answered, callers leave it to the probes (prospects.ts): else each call that finds no other server would connect to it.
import { backoffDelay } from "../base/backoff.js";
import type { Clock, Timer } from "../base/clock.js";
import { Alarm, type Deadlines } from "../peer/deadlines.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import { RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import { ping } from "../rpc/null.js";
import type { Program } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import type { Endpoint } from "./endpoints.js";
import type { BalanceTimes } from "./options.js";
import type { Candidate } from "./policy.js";
import { Prospects } from "./prospects.js";
import { type Route, ServerRoutes } from "./routes.js";

/** State that all members of one client share. */
export interface MemberContext {
  readonly program: Program;
  readonly times: BalanceTimes;
  readonly connectTimeout: number;
  readonly deadlines: Deadlines;
  /** The routes themselves wait between their attempts to connect. */
  readonly isPaced: boolean;
  /** The routes to the server, best first. Not connected yet. */
  open(entry: Endpoint): readonly Route[];
  /** Reports that the member can now be called (`better`), or no longer. */
  changed(better: boolean): void;
  /** The server does not answer, so calls that wait for it may have to go to another. */
  silent(member: Member): void;
}

/** Rings while calls are in flight, to check whether anything was received. */
class Watchdog extends Alarm {
  readonly member: Member;

  constructor(member: Member) {
    super();
    this.member = member;
  }

  ring(): void {
    this.member.lookForLife();
  }
}

export class Member implements Candidate {
  readonly entry: Endpoint;
  readonly weight: number;
  readonly priority: number;
  /** Calls in flight. */
  inFlight = 0;
  /** Calls that wait for a connection. */
  #waiting = 0;
  turn: number;
  /** Connecting takes longer than callers wait. */
  overdue = false;
  /** Failures in a row; 0 for a healthy server. */
  failures = 0;
  readonly #context: MemberContext;
  readonly #watchdog = new Watchdog(this);
  /** When it last answered. */
  #lastHeard = Number.NEGATIVE_INFINITY;
  #probing = false;
  readonly #prospects = new Prospects();
  /** The failures in a row when it last answered a probe; 0 after it has answered a call. */
  #pastFailures = 0;
  readonly #routes: ServerRoutes;
  #connecting: Promise<void> | undefined;
  #timer: Timer | undefined;
  #gone = false;

  constructor(entry: Endpoint, context: MemberContext) {
    this.entry = entry;
    this.weight = Math.max(1, entry.weight ?? 1);
    this.priority = entry.priority ?? 0;
    this.#context = context;
    this.turn = this.#clock.random() * this.weight;
    this.#routes = new ServerRoutes(() => context.open(entry));
  }

  get #clock(): Clock {
    return this.#context.deadlines.clock;
  }

  /** The server's name in messages. */
  get name(): string {
    return this.entry.addresses.join(" or ");
  }

  get remote(): Address | undefined {
    return this.#routes.current?.remote;
  }

  get connected(): boolean {
    return this.#routes.current?.connected === true;
  }

  get load(): number {
    return this.inFlight + this.#waiting;
  }

  get isGood(): boolean {
    return this.failures === 0 && !this.overdue;
  }

  /** Whether the server was silent, and is being probed. */
  get isAsked(): boolean {
    return this.#probing;
  }

  get isGone(): boolean {
    return this.#gone;
  }

  /** The number of the connection that calls are sent over. */
  get connection(): number {
    return this.#prospects.connection;
  }

  implements({ number, version }: Program): boolean {
    const { versions = [] } = this.entry;
    return versions.length === 0 || versions.some((one) => one.program === number && one.version === version);
  }

  /** Resolves when `connected`. All waiting calls share it. @throws RpcError, at once while the server is left to the probes. */
  async connect(): Promise<void> {
    if (this.#connecting === undefined && this.#isLeftToProbes) {
      if (!this.#prospects.takeTurn()) throw await this.#prospects.refusal(this.name);
      this.failures++;
      this.#scheduleProbe();
    }
    this.#connecting ??= this.#connect(this.#context.connectTimeout).finally(() => {
      this.#connecting = undefined;
      this.#setOverdue(false);
    });
    this.#waiting++;
    try {
      await this.#connecting;
    } catch (error) {
      this.#prospects.notConnected(error);
      throw error;
    } finally {
      this.#waiting--;
    }
  }

  isOverdue(): void {
    if (this.#connecting !== undefined) this.#setOverdue(true);
  }

  /** Sends a call. Only while `connected`. When it has ended, `answered` or `failed` must be called, with the health that it began with. */
  call(request: ChannelCall): Promise<unknown> {
    const outcome = (this.#routes.current as Channel).call(request);
    if (this.inFlight++ === 0) this.#watch();
    return outcome;
  }

  /** A call was answered. `wasWell`: the server was not in quarantine when the call was sent. */
  answered({ procedure }: ChannelCall, wasWell: boolean): void {
    const isReply = procedure.oneWay !== true;
    this.#ended(isReply);
    if (!wasWell && isReply) this.#recover();
  }

  /** A call has failed. */
  failed(error: unknown): void {
    this.#ended(isAnswer(error));
  }

  /** A caller has reported a failure. `connection`: the one that the call was sent over, or was to be. */
  blame(error?: unknown, connection?: number): void {
    if (this.#gone) return;
    this.#prospects.failed(error, connection);
    if (this.failures === 0) this.#quarantine();
  }

  /** Whether the server has answered since `time`. */
  heardSince(time: number): boolean {
    return this.#lastHeard >= time;
  }

  /** Probes the server if calls are in flight and nothing was received for a while. */
  lookForLife(since = this.#clock.now() - this.#context.times.silence): void {
    if (this.inFlight === 0 || this.#probing || this.failures > 0) return;
    if (this.heardSince(since) || !this.connected) {
      this.#watch();
      return;
    }
    this.#setProbing(true);
    this.#ask(this.#routes.current as Channel).then((alive) => {
      this.#setProbing(false);
      if (alive) this.#lastHeard = this.#clock.now();
      if (alive || this.heardSince(since)) {
        if (this.inFlight > 0) this.#watch();
        return;
      }
      this.blame();
      this.#context.silent(this);
    });
  }

  /** Lets the calls on it finish, and closes. */
  async leave(): Promise<void> {
    this.#gone = true;
    this.#clock.clearTimeout(this.#timer);
    this.#routes.retire();
    await this.#routes.haveClosed();
  }

  destroy(reason?: Error): void {
    this.#gone = true;
    this.#clock.clearTimeout(this.#timer);
    this.#context.deadlines.clear(this.#watchdog);
    this.#routes.destroy(reason);
  }

  #ended(heard: boolean): void {
    if (heard) {
      this.#lastHeard = this.#clock.now();
      this.#prospects.answered();
      this.#pastFailures = 0;
    }
    if (--this.inFlight === 0) this.#context.deadlines.clear(this.#watchdog);
  }

  #watch(): void {
    const { deadlines, times } = this.#context;
    deadlines.clear(this.#watchdog);
    deadlines.set(this.#watchdog, times.silence);
  }

  async #connect(timeout: number): Promise<void> {
    if (this.#gone) throw this.#hasLeft();
    const limits = { timeout, patience: this.#context.times.connectPatience, clock: this.#clock };
    const isCurrent = await this.#routes.connect(this.name, limits).catch((error: unknown) => {
      // If the server has left, its routes were closed on purpose.
      throw this.#gone ? this.#hasLeft(error) : error;
    });
    if (isCurrent) this.#prospects.connected();
  }

  get #isLeftToProbes(): boolean {
    return this.failures > 0 && this.#prospects.arePoor && !this.#context.isPaced && !this.#gone;
  }

  #hasLeft(cause?: unknown): RpcDisconnected {
    const message = `${this.name} has left its service before there was a connection to it`;
    return new RpcDisconnected(message, { mayHaveRun: false, cause });
  }

  #setOverdue(overdue: boolean): void {
    if (this.overdue === overdue) return;
    this.overdue = overdue;
    this.#context.changed(!overdue);
  }

  #setProbing(probing: boolean): void {
    this.#probing = probing;
    this.#context.changed(false);
  }

  #quarantine(): void {
    this.failures = this.#pastFailures + 1;
    // Use a new connection for the next call: the old one may have been cut silently.
    this.#routes.retire();
    this.#context.changed(false);
    this.#scheduleProbe();
  }

  #recover(): void {
    if (this.failures === 0 || this.#gone) return;
    this.#clock.clearTimeout(this.#timer);
    this.failures = 0;
    this.#prospects.clear();
    if (this.inFlight > 0) this.#watch();
    this.#context.changed(true);
  }

  /** Only one is scheduled: a caller's connection may have scheduled another while a probe was in progress. */
  #scheduleProbe(): void {
    if (this.#gone) return;
    this.#clock.clearTimeout(this.#timer);
    const delay = backoffDelay(this.#context.times.quarantine, this.failures, this.#clock.random());
    this.#timer = this.#clock.setTimeout(() => this.#probe(), delay);
    this.#timer.unref();
  }

  async #probe(): Promise<void> {
    if (this.#gone) return;
    const { connectTimeout, times } = this.#context;
    // Callers would have waited for longer than a probe does.
    const patience = this.#prospects.takeWish() ? Math.max(connectTimeout, times.probeTimeout) : times.probeTimeout;
    const alive = await this.#answersAnew(patience);
    if (this.#gone || this.failures === 0) return;
    if (alive) {
      this.#pastFailures = this.failures;
      this.#recover();
      return;
    }
    this.failures++;
    this.#prospects.probeFailed();
    if (!this.#connecting) this.#routes.retire();
    this.#scheduleProbe();
  }

  async #answersAnew(patience: number): Promise<boolean> {
    try {
      if (!this.connected) await this.#connect(patience);
    } catch (error) {
      this.#prospects.notConnected(error);
      return false;
    }
    const { current } = this.#routes;
    return current !== undefined && this.#ask(current, patience);
  }

  /** Whether procedure 0 is answered in time. */
  async #ask(channel: Channel, timeout = this.#context.times.probeTimeout): Promise<boolean> {
    try {
      await ping(channel, this.#context.program, { timeout });
      return true;
    } catch (error) {
      return isAnswer(error);
    }
  }
}

/** Whether the reply comes from the server itself, and it serves the program. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof RpcError) || error instanceof RpcTimeout || error instanceof RpcDisconnected) return false;
  return !["RPC_CANCELLED", "RPC_PROG_UNAVAIL", "RPC_PROG_MISMATCH"].includes(error.code);
}
