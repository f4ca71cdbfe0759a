// One call, on its way from server to server until one has answered:
//   1 choose    a server that has not failed it yet                  4 reply    settles the call
//   2 connect   when that takes too long: choose another as well     5 failure  choose again, if the call may go on
//   3 send      to one at a time; a call that may run twice goes to another as well, when its share of the time is over
// It never goes to two servers unless it may run twice.
import { listenForAbort } from "../base/abort.js";
import { backoffDelay } from "../base/backoff.js";
import { Recall } from "../base/recall.js";
import { Alarm } from "../peer/deadlines.js";
import type { ChannelCall } from "../rpc/call.js";
import { RpcCancelled, RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import { isTooLong } from "../transport/errors.js";
import type { CallRouter } from "./call-router.js";
import type { Listed } from "./calls.js";
import { CallFailures, noServerInTime } from "./failures.js";
import type { Member } from "./member.js";
import { added, remove } from "./short-list.js";
import { verdictOn } from "./verdict.js";

/** Calls that wait for the retry budget ask again after this time at most, in milliseconds. */
const longestTurn = 1_000;

/** Never changed. */
const nobody: Member[] = [];

export class FailoverCall extends Alarm implements Listed {
  /** Set by the list of calls. */
  place = 0;
  turn = 0;
  readonly #router: CallRouter;
  readonly #request: ChannelCall;
  readonly #timeout: number;
  readonly #deadline: number;
  #mayRepeat: boolean;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  // Most calls go to one server: see short-list.ts.
  #tried: Member[] = nobody;
  /** The servers on which the call is in flight. */
  #sent: Member[] = nobody;
  #connecting: Set<Member> | undefined;
  #settled = false;
  /** When it was last sent. */
  #sentAt = 0;
  /** True while the call waits for a server. */
  #waits = false;
  /** Stops waiting for a server or a connection. */
  #hasWaited = false;
  /** Undefined until the first failure. */
  #failures: CallFailures | undefined;
  /** How often it has waited, because every server has failed it or its pool may not repeat more calls now. */
  #rounds = 0;
  /** The servers to choose from may have failed it already. */
  #isAgain = false;
  /** Why there was no server when it began to wait. */
  #explanation: unknown;
  /** Cancels the other copies of the call when one is answered. */
  #recall: Recall | undefined;
  #onAbort: (() => void) | undefined;

  constructor(
    router: CallRouter,
    request: ChannelCall,
    settings: { readonly timeout: number; readonly mayRepeat: boolean },
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super();
    this.#router = router;
    this.#request = request;
    this.#timeout = settings.timeout;
    this.#mayRepeat = settings.mayRepeat;
    this.#deadline = this.#router.deadlines.now() + settings.timeout - (request.spent ?? 0);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Step 1. */
  tryNext(): void {
    if (this.#settled || this.#isCancelled()) return;
    const member = this.#router.choose(this.#request.program, this.#tried);
    if (member === undefined) {
      if (this.#sent.length === 0 && !this.#connecting?.size) this.#nobodyLeft();
      else this.#arm(this.#deadline);
      return;
    }
    this.#waits = false;
    this.#tried = added(this.#tried, member);
    if (member.connected) this.#send(member);
    else this.#connect(member);
  }

  /** The list of servers, or the health of one, has changed. */
  serversChanged(): void {
    if (!this.#waits) return;
    this.#waits = false;
    this.#tried = nobody;
    this.tryNext();
  }

  /** A server does not answer: calls that wait for a connection to it must not wait in vain. */
  memberIsSilent(member: Member): void {
    if (!this.#mayRepeat || this.#settled || !this.#sent.includes(member)) return;
    // Perhaps only its connection is dead: if there is no other server, the call is sent again to this one over a new
    // connection.
    const isOnly = this.#tried.length === 1 && this.#router.countOthers(this.#request.program, this.#tried) === 0;
    if (isOnly) {
      remove(this.#tried, member);
      this.#isAgain = true;
    }
    this.tryNext();
  }

  /** Waits until there are servers to choose from. */
  hold(): void {
    if (this.#isCancelled()) return;
    this.#waits = true;
    this.#hasWaited = true;
    this.#listen();
    this.#arm(this.#deadline);
  }

  fail(error: unknown): void {
    // Another server may have run it, even if this one did not.
    const mayHaveRun = this.#mayHaveRun || this.#sent.length > 0;
    if (!this.#settle()) return;
    if (mayHaveRun && error instanceof RpcError) Object.assign(error, { mayHaveRun });
    this.#reject(error);
  }

  /** Ends the call if no server has it yet; a server that has it will be destroyed. */
  destroy(error: RpcError): void {
    if (this.#sent.length === 0) this.fail(error);
    else this.#mayRepeat = false;
  }

  /** Tries the next candidate, or ends the call. */
  ring(): void {
    if (this.#router.deadlines.now() < this.#deadline) {
      if (this.#waits) {
        this.serversChanged();
        return;
      }
      for (const member of this.#connecting ?? []) member.isOverdue();
      for (const member of this.#sent) member.lookForLife(this.#sentAt);
      this.tryNext();
      return;
    }
    // A call in flight has its own deadline, and a better error message.
    if (this.#sent.length === 0) this.fail(this.#tooLate());
  }

  // Step 2.
  #connect(member: Member): void {
    const { times } = this.#router;
    this.#hasWaited = true;
    this.#connecting ??= new Set();
    const connecting = this.#connecting.add(member);
    this.#listen();
    this.#arm(Math.min(this.#deadline, this.#router.deadlines.now() + times.connectPatience));
    member.connect().then(
      () => {
        connecting.delete(member);
        this.#connected(member);
      },
      (error: unknown) => {
        connecting.delete(member);
        this.#failed(member, error);
      },
    );
  }

  #connected(member: Member): void {
    if (this.#settled) return;
    if (this.#sent.length === 0 || this.#mayRepeat) {
      if (member.connected) this.#send(member);
      else {
        const error = new RpcDisconnected(`${member.name} hung up`, { mayHaveRun: false });
        this.#failed(member, error, { connection: member.connection });
      }
      return;
    }
    // Another server was faster. This connection may still be needed.
    remove(this.#tried, member);
  }

  // Step 3.
  #send(member: Member): void {
    const { budget } = this.#router;
    const isAgain = this.#isAgain && this.#isRepetition;
    if (!this.#isRepetition) budget.made();
    else if (!(isAgain ? budget.spendAgain() : budget.spendElsewhere())) {
      this.#overBudget(member, isAgain);
      return;
    }
    const now = this.#router.deadlines.now();
    const copy = this.#copy(now);
    this.#sent = added(this.#sent, member);
    this.#sentAt = now;
    this.#router.used(member);
    const wasWell = member.failures === 0;
    const { connection } = member;
    member.call(copy).then(
      (value) => {
        member.answered(copy, wasWell);
        remove(this.#sent, member);
        this.#router.used(member);
        budget.answered(isAgain);
        if (this.#settle()) this.#resolve(value);
      },
      (error: unknown) => {
        member.failed(error);
        remove(this.#sent, member);
        this.#failed(member, error, { connection, since: now });
      },
    );
    if (this.#mayRepeat) this.#shareTime(now);
    else this.#router.deadlines.clear(this);
  }

  /** The call to one server: the remaining time, and a signal that cancels it. */
  #copy(now: number): ChannelCall {
    // Most calls have not waited for anything, so their time starts when they are sent. The first copy of a call that may be repeated
    // need not be cancelled if no other server can have another one.
    if (!this.#hasWaited && this.#tried.length === 1 && this.#failures === undefined && this.#isAlone)
      return this.#request;
    const { program, procedure, args, options } = this.#request;
    const timeout = this.#timeout;
    const timed = { ...options, timeout };
    const spent = timeout === Number.POSITIVE_INFINITY ? 0 : Math.max(0, timeout - (this.#deadline - now));
    if (!this.#mayRepeat) return { program, procedure, args, options: timed, spent };
    this.#recall ??= new Recall();
    this.#listen();
    return { program, procedure, args, options: { ...timed, signal: this.#recall.signal }, spent };
  }

  get #isAlone(): boolean {
    return !this.#mayRepeat || this.#router.countOthers(this.#request.program, this.#tried) === 0;
  }

  /** Tries the next server when this one has used its share of the remaining time. */
  #shareTime(now: number): void {
    const others = this.#router.countOthers(this.#request.program, this.#tried);
    if (others === 0) this.#router.deadlines.clear(this);
    else this.#arm(now + (this.#deadline - now) / (others + 1));
  }

  // Step 5.
  #failed(member: Member, error: unknown, { connection, since }: { connection?: number; since?: number } = {}): void {
    const { goOn, blamed, lasting } = verdictOn(error, this.#mayRepeat, this.#router.meaningOf);
    // One slow procedure is no reason to avoid a server that has answered other calls meanwhile.
    const slow = error instanceof RpcTimeout && since !== undefined && member.heardSince(since);
    if (blamed && !slow && !member.isGone) member.blame(error, connection);
    if (this.#settled) return;
    // The first one may have been the reply of another call on that connection.
    const isLongAgain = isTooLong(error) && this.#failures?.some(isTooLong);
    if (!goOn || isLongAgain) {
      this.fail(error);
      return;
    }
    this.#failures ??= new CallFailures();
    this.#failures.add(member, error, lasting);
    if (this.#router.deadlines.now() >= this.#deadline) {
      if (this.#sent.length === 0) this.fail(this.#worst() ?? this.#tooLate());
    } else if (this.#sent.length === 0 || this.#mayRepeat) this.tryNext();
  }

  #nobodyLeft(): void {
    const mayGetBetter = this.#failures?.arePermanent(this.#tried) !== true;
    if (this.#isRepetition && mayGetBetter) {
      this.#repeatLater();
      return;
    }
    if (this.#router.waitForServer && mayGetBetter) {
      if (this.#failures === undefined) {
        this.#router.explainNone(this.#request).then(({ cause }) => {
          this.#explanation = cause;
        });
      }
      this.hold();
      return;
    }
    const worst = this.#worst();
    if (worst !== undefined) {
      this.fail(worst);
      return;
    }
    this.#router.explainNone(this.#request).then((error) => this.fail(error));
    this.#listen();
    this.#arm(this.#deadline);
  }

  /** Whether the call is sent again under a new xid, although it may have run. */
  get #isRepetition(): boolean {
    return this.#mayRepeat && (this.#sent.length > 0 || this.#mayHaveRun);
  }

  /** Every server has failed, and one may have run the call: tries all again after a wait, until the deadline. */
  #repeatLater(): void {
    this.#isAgain = true;
    this.hold();
    this.#armAfter(this.#nextWait());
  }

  /** To a server that has failed it, the call goes later. To another one it does not go, and ends if no server has it. */
  #overBudget(member: Member, isAgain: boolean): void {
    if (isAgain) {
      if (this.#sent.length === 0) this.hold();
      else remove(this.#tried, member);
      this.#armAfter(Math.min(longestTurn, this.#nextWait()));
    } else if (this.#sent.length === 0) this.fail(this.#worst());
    else this.#arm(this.#deadline);
  }

  #nextWait(): number {
    return backoffDelay(this.#router.backoff, ++this.#rounds, this.#router.deadlines.clock.random());
  }

  #armAfter(delay: number): void {
    this.#arm(Math.min(this.#deadline, this.#router.deadlines.now() + delay));
  }

  get #mayHaveRun(): boolean {
    return this.#failures?.mayHaveRun === true;
  }

  /** The error to report. */
  #worst(): RpcError | undefined {
    return this.#failures?.worst(this.#router.name);
  }

  #tooLate(): RpcError {
    const last = this.#worst() ?? this.#explanation;
    const reason = last instanceof Error ? last.message : this.#router.trouble;
    const settings = { timeout: this.#timeout, mayHaveRun: this.#mayHaveRun, reason, cause: last };
    return noServerInTime(this.#request, this.#router.name, settings);
  }

  /** Rings at `time`. */
  #arm(time: number): void {
    const { deadlines } = this.#router;
    deadlines.clear(this);
    deadlines.set(this, Math.max(0, time - deadlines.now()));
  }

  /** Ends the call if its signal was aborted before any server had it. @returns whether it was. */
  #isCancelled(): boolean {
    const { signal } = this.#request.options;
    if (signal?.aborted !== true || this.#sent.length > 0) return false;
    const message = "cancelled by the caller's signal";
    this.fail(new RpcCancelled(message, { mayHaveRun: this.#mayHaveRun, cause: signal.reason }));
    return true;
  }

  /** Listens to the caller's signal while nothing else does. */
  #listen(): void {
    const { signal } = this.#request.options;
    if (signal === undefined || this.#onAbort !== undefined) return;
    this.#onAbort = () => {
      this.#recall?.abort(signal.reason);
      this.#isCancelled();
    };
    listenForAbort(signal, this.#onAbort);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#router.deadlines.clear(this);
    if (this.#onAbort !== undefined) this.#request.options.signal?.removeEventListener("abort", this.#onAbort);
    if (this.#sent.length > 0) this.#recall?.abort(new Error("another server has answered"));
    this.#router.ended(this);
    return true;
  }
}
