// One call, on its way from server to server until one has answered:
//   1 choose    a server that has not failed it yet                  4 reply    settles the call
//   2 connect   when that takes too long: choose another as well     5 failure  choose again, if the call may go on
//   3 send      to one at a time; a call that may run twice goes to another as well, when its share of the time is over
// It never goes to two servers unless it may run twice.
import { listenForAbort } from "../base/abort.js";
import { type Backoff, backoffDelay } from "../base/backoff.js";
import { Recall } from "../base/recall.js";
import { Alarm, type Deadlines } from "../peer/deadlines.js";
import type { ChannelCall } from "../rpc/call.js";
import { RpcCancelled, RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import type { Program } from "../rpc/program.js";
import { isTooLong } from "../transport/errors.js";
import type { Listed } from "./calls.js";
import type { Member } from "./member.js";
import type { BalanceTimes } from "./options.js";
import type { RetryBudget } from "./retry-budget.js";
import { type MeaningOf, verdictOn } from "./verdict.js";

/** The parts of a channel that its calls use. */
export interface CallRouter {
  readonly deadlines: Deadlines;
  readonly times: BalanceTimes;
  readonly waitForServer: boolean;
  /** The servers' name, for messages. */
  readonly name: string;
  /** Repeats calls that may have run already. */
  readonly budget: RetryBudget;
  readonly backoff: Backoff;
  /** See `PoolChannelOptions.meaningOf`. */
  readonly meaningOf: MeaningOf | undefined;
  /** Why the servers are not known yet, for messages. */
  readonly trouble: string | undefined;
  choose(program: Program, tried: readonly Member[]): Member | undefined;
  countOthers(program: Program, tried: readonly Member[]): number;
  /** A call was sent to the member, or answered by it. */
  used(member: Member): void;
  /** Explains why there is no server to call. Never rejects. */
  explainNone(request: ChannelCall): Promise<RpcError>;
  ended(call: FailoverCall): void;
}

/** The most failures that a call remembers for its error message. */
const mostFailures = 16;

interface Failure {
  readonly member: Member;
  readonly error: unknown;
}

/** Never changed. */
const nobody: Member[] = [];
const noFailures: Failure[] = [];

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
  // Most calls go to one server: a list that grows by `push` has room for 16 more.
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
  #failures: Failure[] = noFailures;
  /** How often every server has failed the call. */
  #rounds = 0;
  /** Servers that would refuse it again. */
  #unable: Set<Member> | undefined;
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
    if (isOnly) remove(this.#tried, member);
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
      else this.#failed(member, new RpcDisconnected(`${member.name} hung up`, { mayHaveRun: false }));
      return;
    }
    // Another server was faster. This connection may still be needed.
    remove(this.#tried, member);
  }

  // Step 3.
  #send(member: Member): void {
    if (this.#isRepetition && !this.#router.budget.spend()) {
      if (this.#sent.length === 0) this.fail(this.#worst());
      else this.#arm(this.#deadline);
      return;
    }
    const now = this.#router.deadlines.now();
    const copy = this.#copy(now);
    this.#sent = added(this.#sent, member);
    this.#sentAt = now;
    this.#router.used(member);
    const wasWell = member.failures === 0;
    member.call(copy).then(
      (value) => {
        member.answered(copy, wasWell);
        remove(this.#sent, member);
        this.#router.used(member);
        this.#router.budget.earn();
        if (this.#settle()) this.#resolve(value);
      },
      (error: unknown) => {
        member.failed(error);
        remove(this.#sent, member);
        this.#failed(member, error, now);
      },
    );
    if (this.#mayRepeat) this.#shareTime(now);
    else this.#router.deadlines.clear(this);
  }

  /** The call to one server: the remaining time, and a signal that cancels it. */
  #copy(now: number): ChannelCall {
    // Most calls have not waited for anything, so their time starts when they are sent. The first copy of a call that may be repeated
    // need not be cancelled if no other server can have another one.
    if (!this.#hasWaited && this.#tried.length === 1 && this.#failures.length === 0 && this.#isAlone)
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
  #failed(member: Member, error: unknown, since?: number): void {
    const { goOn, blamed, lasting } = verdictOn(error, this.#mayRepeat, this.#router.meaningOf);
    // One slow procedure is no reason to avoid a server that has answered other calls meanwhile.
    const slow = error instanceof RpcTimeout && since !== undefined && member.heardSince(since);
    if (blamed && !slow && !member.isGone) member.blame();
    if (this.#settled) return;
    // The first one may have been the reply of another call on that connection.
    const isLongAgain = isTooLong(error) && this.#failures.some((failure) => isTooLong(failure.error));
    if (!goOn || isLongAgain) {
      this.fail(error);
      return;
    }
    this.#remember({ member, error });
    if (lasting) this.#unable = (this.#unable ?? new Set()).add(member);
    if (this.#router.deadlines.now() >= this.#deadline) {
      if (this.#sent.length === 0) this.fail(this.#worst() ?? this.#tooLate());
    } else if (this.#sent.length === 0 || this.#mayRepeat) this.tryNext();
  }

  /** Records a failure. Once the call may have run, later failures do not change that. */
  #remember(failure: Failure): void {
    if (this.#failures === noFailures) this.#failures = [];
    const failures = this.#failures;
    failures.push(failure);
    if (failures.length <= mostFailures) return;
    const first = failures.findIndex(({ error }) => !(error instanceof RpcError && error.mayHaveRun));
    failures.splice(first < 0 ? 1 : first, 1);
  }

  #nobodyLeft(): void {
    if (this.#isRepetition && !this.#isRefusedByAll) {
      this.#repeatLater();
      return;
    }
    if (this.#router.waitForServer && !this.#isRefusedByAll) {
      if (this.#failures.length === 0) {
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
    this.hold();
    const delay = backoffDelay(this.#router.backoff, ++this.#rounds, this.#router.deadlines.clock.random());
    this.#arm(Math.min(this.#deadline, this.#router.deadlines.now() + delay));
  }

  /** Every server has refused it permanently. */
  get #isRefusedByAll(): boolean {
    const unable = this.#unable;
    return unable !== undefined && this.#tried.every((member) => unable.has(member));
  }

  get #mayHaveRun(): boolean {
    return this.#failures.some(({ error }) => error instanceof RpcError && error.mayHaveRun);
  }

  /** The error to report: that of the server that may have run the call, if any. */
  #worst(): RpcError | undefined {
    const failures = this.#failures;
    const ran = failures.find(({ error }) => error instanceof RpcError && error.mayHaveRun);
    if (ran !== undefined) return ran.error as RpcError;
    const last = failures.at(-1)?.error;
    if (failures.length <= 1 || !(last instanceof RpcError)) return last as RpcError | undefined;
    const each = failures.map(({ member, error }) => `${member.name}: ${(error as Error).message}`).join("; ");
    const message = `none of ${failures.length} servers of ${this.#router.name} could be called: ${each}`;
    return new RpcDisconnected(message, { mayHaveRun: false, cause: last });
  }

  #tooLate(): RpcError {
    const { program, procedure } = this.#request;
    const last = this.#worst() ?? this.#explanation;
    const reason = last instanceof Error ? last.message : this.#router.trouble;
    const why = reason === undefined ? "" : `: ${reason}`;
    const what = `${program.name} version ${program.version} ${procedure.name} at ${this.#router.name}`;
    const message = `${what}: no server within ${Math.ceil(this.#timeout)} ms (options.timeout)${why}`;
    return new RpcTimeout(message, { mayHaveRun: this.#mayHaveRun, cause: last });
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

/** Adds a member. The first makes a new list, of exactly one element, which takes the least memory. */
function added(to: Member[], member: Member): Member[] {
  if (to.length === 0) return [member];
  to.push(member);
  return to;
}

function remove<T>(from: T[], item: T): void {
  const at = from.indexOf(item);
  if (at >= 0) from.splice(at, 1);
}
