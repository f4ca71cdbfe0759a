// Carries calls that run exactly once. A separate Peer writes each call as a whole message, and reads its reply. This
// file takes the message to the server in a session: step 1 takes a slot, step 2 sends the call with its sequence
// number until it is answered, step 3 interprets the answer.
import { authNone } from "../auth/none.js";
import { type Backoff, backoffDelay } from "../base/backoff.js";
import type { Clock } from "../base/clock.js";
import { pause } from "../base/wait.js";
import type { SessionCount } from "../client/stats.js";
import { Alarm, Deadlines } from "../peer/deadlines.js";
import { defaultTimeout, Peer, type PeerOptions } from "../peer/peer.js";
import { defaultRetransmit, type RetransmitPolicy, retransmitDelay } from "../peer/retransmit.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import { type CallPlace, RpcCancelled, RpcError, RpcRefused, RpcRejected, RpcTimeout } from "../rpc/errors.js";
import { AcceptStat } from "../rpc/header.js";
import type { Procedure } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import { ClientSession, type ClientSlot } from "./client-session.js";
import { type ClientSessionEvent, clientSession } from "./diagnostics.js";
import { Direct, DirectCalls, type FirstCopy, plainReply, resumed } from "./direct-call.js";
import { explainRefusal, inDoubt, notRun, sessionRefused } from "./errors.js";
import { MessagePipe } from "./message-pipe.js";
import { Run } from "./run.js";
import { SESSION_VERS, session_stat as Stat, type session_created, type session_reply } from "./session.gen.js";

/** The channel below: it reconnects with the next call when its connection was lost. */
export interface Carrier {
  readonly remote: Address;
  readonly connected: boolean;
  /** Whether its connection delivers every message once, or ends. Undefined before there was one. */
  readonly reliable: boolean | undefined;
  callOnce(request: ChannelCall): Promise<unknown>;
  /** The counts of the client. See client/stats.ts. */
  readonly past: Record<string, number>[];
}

const countOf: Readonly<Record<ClientSessionEvent["kind"], SessionCount>> = {
  made: "sessionsMade",
  copy: "sessionCopies",
  "in-doubt": "sessionInDoubt",
  refused: "sessionRefused",
};

export interface SessionChannelOptions {
  /** Options of the Peer that writes the calls. */
  readonly peer: PeerOptions;
  readonly clock: Clock;
  readonly retransmit: Partial<RetransmitPolicy> | undefined;
  readonly waitForServer: boolean | undefined;
  /** The most calls at once. The server may grant fewer. */
  readonly slots: number;
}

/** The waits between two attempts at a call whose connection was lost. */
const backoff: Backoff = { first: 50, factor: 2, most: 2_000, jitter: 0.5 };

/** How often a call begins again because the server has forgotten the session before the call ran. */
const mostRenewals = 3;

/** The wait for the inner call ends first, so that its caller gets its own error. In milliseconds. */
const slack = 50;

const { create, call, end } = SESSION_VERS.procedures;
const noAuth = authNone();

/** See the file's head. */
export class SessionChannel implements Channel {
  readonly #over: Carrier;
  readonly #options: SessionChannelOptions;
  readonly #clock: Clock;
  readonly #retransmit: RetransmitPolicy;
  readonly #pipe: MessagePipe;
  readonly #peer: Peer;
  /** Calls without an answer, by the transaction id of their message. */
  readonly #runs = new Map<number, Run>();
  readonly #counts = { sessionsMade: 0, sessionCopies: 0, sessionInDoubt: 0, sessionRefused: 0 };
  readonly #deadlines: Deadlines;
  readonly #directCalls: DirectCalls;
  /** Calls whose first copy was sent directly and has no answer yet. */
  #direct = 0;
  #whenNoneIsDirect: (() => void)[] = [];
  /** The call that the peer is writing now. */
  #writing: ChannelCall | undefined;
  /** Its first copy, if that was sent already. */
  #first: FirstCopy | undefined;
  #making: { readonly session: Promise<ClientSession>; readonly by: Run } | undefined;
  #current: ClientSession | undefined;

  constructor(over: Carrier, options: SessionChannelOptions) {
    this.#over = over;
    over.past.push(this.#counts);
    this.#options = options;
    this.#clock = options.clock;
    this.#retransmit = { ...defaultRetransmit, random: () => this.#clock.random(), ...options.retransmit };
    this.#pipe = new MessagePipe(over.remote, (message) => this.#begin(message));
    this.#deadlines = new Deadlines(options.clock);
    const peer = { ...options.peer, retransmit: undefined, clock: options.clock, deadlines: this.#deadlines };
    this.#peer = new Peer(this.#pipe, peer);
    this.#directCalls = new DirectCalls(options.peer.decodedBytes);
  }

  get remote(): Address {
    return this.#over.remote;
  }

  get #timeout(): number {
    return this.#options.peer.timeout ?? defaultTimeout;
  }

  call(request: ChannelCall): Promise<unknown> {
    if (request.procedure.oneWay) {
      return Promise.reject(new TypeError(`${request.procedure.name} has no reply: it cannot run exactly once`));
    }
    return this.#callDirectly(request) ?? this.#callThroughPeer(request);
  }

  #callThroughPeer(request: ChannelCall, first?: FirstCopy): Promise<unknown> {
    const { semantics: _, ...options } = request.options;
    this.#writing = request;
    this.#first = first;
    const outcome = this.#peer.call({ ...request, options });
    this.#writing = undefined;
    // The peer has refused the call, but a copy was sent.
    const lost = this.#first;
    this.#first = undefined;
    return outcome.catch(async (error: unknown) => {
      if (lost === undefined) throw this.#noteError(await this.#explain(error));
      lost.session.release(lost.slot, lost.started);
      throw this.#noteError(error instanceof RpcError ? inDoubt(error.message, error.place) : error);
    });
  }

  /** Sends the first copy at once if there is a session with a free slot and a connection. See direct-call.ts. */
  #callDirectly(request: ChannelCall): Promise<unknown> | undefined {
    const session = this.#current;
    const { auth, signal, timeout = this.#timeout, background = false } = request.options;
    const { peer } = this.#options;
    const words = (auth ?? peer.auth ?? noAuth).fixed;
    if (session === undefined || signal !== undefined || words === undefined || peer.lenient !== undefined) return;
    const started = this.#clock.now();
    const slot = this.#over.connected ? session.takeSettled(started) : undefined;
    if (slot === undefined) return;
    let message: Uint8Array;
    try {
      message = this.#directCalls.message(request, words);
    } catch {
      // The peer reports the error.
      session.release(slot, started);
      return;
    }
    slot.sequence++;
    const copy: FirstCopy = { request, session, slot, message, started, answer: unsent };
    const procedure = this.#directCalls.procedureFor(request.procedure);
    const options = { semantics: "maybe", timeout, background } as const;
    copy.answer = this.#over.callOnce({ program: SESSION_VERS, procedure, args: [copy], options });
    this.#direct++;
    if (this.#over.reliable === true) {
      return copy.answer.then(
        (answer) => this.#settle(copy, answer, words),
        () => this.#resume(copy, words),
      );
    }
    return this.#repeatUnlessAnswered(copy, words);
  }

  #repeatUnlessAnswered(copy: FirstCopy, words: Int32Array): Promise<unknown> {
    return new Promise((resolve) => {
      const alarm = new Again(() => resolve(this.#resume(copy, words)));
      alarm.background = copy.request.options.background === true;
      this.#deadlines.set(alarm, retransmitDelay(this.#retransmit, 1));
      const settle = (outcome: () => unknown): void => {
        if (alarm.rang) return;
        this.#deadlines.clear(alarm);
        resolve(outcome());
      };
      copy.answer.then(
        (answer) => settle(() => this.#settle(copy, answer, words)),
        () => settle(() => this.#resume(copy, words)),
      );
    });
  }

  #settle(copy: FirstCopy, answer: unknown, words: Int32Array): unknown {
    if (!(answer instanceof Direct)) return this.#resume(copy, words);
    const { session, slot, started } = copy;
    slot.settled = slot.sequence;
    session.release(slot, started);
    this.#directEnded();
    return answer.result;
  }

  /** The first copy has no plain answer: the peer and a Run take the call over. */
  #resume(copy: FirstCopy, words: Int32Array): Promise<unknown> {
    const { request, answer } = resumed(copy, words.length, this.#clock.now());
    answer.catch(() => undefined);
    const outcome = this.#callThroughPeer(request, { ...copy, answer });
    this.#directEnded();
    return outcome;
  }

  #note(kind: ClientSessionEvent["kind"]): void {
    this.#counts[countOf[kind]]++;
    if (clientSession.hasSubscribers) clientSession.publish({ kind, remote: this.remote } satisfies ClientSessionEvent);
  }

  /** Counts an error that only sessions have. */
  #noteError(error: unknown): unknown {
    const { code } = error as RpcError;
    if (code === "RPC_IN_DOUBT") this.#note("in-doubt");
    if (code === "RPC_SESSION_REFUSED") this.#note("refused");
    return error;
  }

  #directEnded(): void {
    if (--this.#direct > 0 || this.#whenNoneIsDirect.length === 0) return;
    for (const resolve of this.#whenNoneIsDirect.splice(0)) resolve();
  }

  async close(): Promise<void> {
    if (this.#direct > 0) await new Promise<void>((resolve) => this.#whenNoneIsDirect.push(resolve));
    await this.#peer.close();
    const session = this.#current;
    this.#current = undefined;
    // If there never was a connection, nothing is sent: the session ends with its lease.
    if (session === undefined || session.over || this.#over.reliable === undefined) return;
    session.finish();
    await this.#ask(end, [session.id], 1_000).catch(() => undefined);
  }

  destroy(reason?: Error): void {
    this.#current?.finish();
    this.#peer.destroy(reason);
  }

  /** The error to report for a call. If the call was certainly never sent, its error says that it did not run. */
  async #explain(error: unknown): Promise<unknown> {
    if (!(error instanceof RpcError) || error.place?.xid === undefined) return error;
    const { xid } = error.place;
    const run = this.#runs.get(xid);
    if (run === undefined) return error;
    this.#runs.delete(xid);
    if (run.failure !== undefined) return run.failure;
    return (await run.giveUp()) ? error : error instanceof RpcCancelled ? cancelled(error) : notRun(error);
  }

  #begin(message: Uint8Array): void {
    const first = this.#first;
    this.#first = undefined;
    const xid = new DataView(message.buffer, message.byteOffset).getUint32(0);
    const run = new Run(first?.message ?? message, xid, this.#writing, this.#clock.now(), this.#timeout);
    this.#runs.set(xid, run);
    this.#carry(run, first).then(
      (reply) => {
        if (reply === undefined) return;
        this.#runs.delete(xid);
        this.#pipe.deliver(first === undefined ? reply : withXid(reply, xid));
      },
      (error: unknown) => this.#fail(run, error),
    );
  }

  // The peer gets a made-up reply, so that it ends the call; `#explain` puts the error in its place.
  #fail(run: Run, error: unknown): void {
    // At the deadline the inner call ends by itself, with an error that names it.
    if (run.givenUp || (error instanceof RpcTimeout && run.timeLeft(this.#clock) <= 0)) return;
    run.failure = error;
    this.#pipe.deliver(plainReply(run.xid, AcceptStat.SYSTEM_ERR));
  }

  /** The reply; undefined if its caller has given up before it was sent. */
  async #carry(run: Run, first: FirstCopy | undefined): Promise<Uint8Array | undefined> {
    if (first !== undefined) {
      const outcome = await this.#callIn(first.session, first.slot, run, first.answer);
      if (outcome !== "again") return outcome;
    }
    for (;;) {
      const session = await this.#sessionFor(run);
      const slot = await session.take();
      if (slot === undefined) continue;
      if (run.givenUp) {
        session.release(slot, this.#clock.now());
        return undefined;
      }
      const outcome = await this.#callIn(session, slot, run);
      if (outcome !== "again") return outcome;
    }
  }

  // Step 1.
  async #sessionFor(run: Run): Promise<ClientSession> {
    if (this.#current?.isStale(this.#clock.now())) this.#forget(this.#current);
    if (this.#current !== undefined && !this.#current.over) return this.#current;
    this.#making ??= {
      session: this.#make(run).finally(() => {
        this.#making = undefined;
      }),
      by: run,
    };
    const { session, by } = this.#making;
    // Making the session fails when the call that started it times out; other calls then start again.
    return session.catch((error: unknown) => {
      if (by === run || run.givenUp || run.timeLeft(this.#clock) <= 0 || !(by.givenUp || error instanceof RpcTimeout))
        throw error;
      return this.#sessionFor(run);
    });
  }

  /** Makes a session for all calls that wait for one; none of them was sent yet. */
  async #make(run: Run): Promise<ClientSession> {
    for (let failures = 1; ; failures++) {
      try {
        const made = (await this.#ask(
          create,
          [{ slots: this.#options.slots }],
          run.timeLeft(this.#clock),
        )) as session_created;
        if (made.status !== Stat.SESSION_OK) throw sessionRefused(run.place(this.remote), false);
        const { grant } = made as session_created & { status: 0 };
        this.#current = new ClientSession(grant, this.#clock.now());
        this.#note("made");
        return this.#current;
      } catch (error) {
        if (!this.#mayTryAgain(error, run, (error as RpcError).mayHaveRun === true)) {
          throw error instanceof RpcError ? notRun(explainRefusal(error)) : error;
        }
        await this.#waitAfter(failures);
      }
    }
  }

  // Steps 2 and 3.
  async #callIn(
    session: ClientSession,
    slot: ClientSlot,
    run: Run,
    first?: Promise<unknown>,
  ): Promise<Uint8Array | undefined | "again"> {
    const place = run.place(this.remote);
    if (first === undefined) slot.sequence++;
    const before = run.copies;
    let answer: session_reply;
    try {
      answer = await this.#answerTo(session, slot, run, first);
    } catch (error) {
      // Never sent: the number is free again.
      if (!run.sent) slot.sequence--;
      session.release(slot, this.#clock.now());
      if (run.givenUp) return undefined;
      throw error instanceof RpcError && run.sent && !error.mayHaveRun ? inDoubt(error.message, place) : error;
    }
    const isOnlyCopy = run.copies - before === 1 && this.#over.reliable === true;
    if (answer.status === Stat.SESSION_OK) {
      slot.settled = slot.sequence;
      session.release(slot, this.#clock.now());
      return (answer as session_reply & { status: 0 }).message;
    }
    if (answer.status === Stat.SESSION_REFUSED) {
      session.release(slot, this.#clock.now());
      throw sessionRefused(place, !isOnlyCopy);
    }
    if (answer.status === Stat.SESSION_IN_DOUBT) {
      slot.settled = slot.sequence;
      session.release(slot, this.#clock.now());
      throw inDoubt("the server stopped while it ran this call", place);
    }
    this.#forget(session);
    session.release(slot, this.#clock.now());
    if (answer.status !== Stat.SESSION_UNKNOWN) throw inDoubt("client and server disagree about the session", place);
    // Only one copy was sent, and the server has not run it.
    if (isOnlyCopy && !run.givenUp && ++run.renewals <= mostRenewals) return "again";
    throw inDoubt("the server does not know the session any more", place);
  }

  /** Sends the call until there is an answer. @throws RpcError when nobody waits for it any more, or nothing can be sent. */
  async #answerTo(
    session: ClientSession,
    slot: ClientSlot,
    run: Run,
    first: Promise<unknown> | undefined,
  ): Promise<session_reply> {
    const { number, sequence, settled } = slot;
    const args = [{ id: session.id, slot: number, sequence, settled, message: run.message }];
    for (let failures = 1; ; failures++) {
      try {
        const answer = await this.#sendCopies(run, args, failures === 1 ? first : undefined);
        if (answer.status !== Stat.SESSION_BUSY) return answer;
        if (run.givenUp || run.timeLeft(this.#clock) <= 0) throw inDoubt("the slot is busy", run.place(this.remote));
      } catch (error) {
        if (!this.#mayTryAgain(error, run, run.sent)) throw error instanceof RpcError ? explainRefusal(error) : error;
      }
      await this.#waitAfter(failures);
    }
  }

  /** Sends one copy over a reliable connection; otherwise sends further copies until one is answered. */
  #sendCopies(run: Run, args: readonly unknown[], first: Promise<unknown> | undefined): Promise<session_reply> {
    return new Promise((resolve, reject) => {
      let pending = 0;
      let sends = 0;
      let timer: ReturnType<Clock["setTimeout"]> | undefined;
      const settle = (finish: () => void): void => {
        this.#clock.clearTimeout(timer);
        finish();
      };
      const sendOne = (sent?: Promise<unknown>): void => {
        pending++;
        sends++;
        if (++run.copies > 1) this.#note("copy");
        const connected = sent !== undefined || this.#over.connected;
        run.follow(sent ?? this.#ask(call, args, run.timeLeft(this.#clock) + slack, run), connected).then(
          (answer) => settle(() => resolve(answer as session_reply)),
          (error: unknown) => {
            if (--pending === 0) settle(() => reject(error));
          },
        );
        if (this.#over.reliable === true) return;
        // The wait for the answer of the first copy is over, or there is one.
        timer = this.#clock.setTimeout(again, sent === undefined ? retransmitDelay(this.#retransmit, sends) : 0);
        if (run.background) timer.unref();
      };
      const again = (): void => {
        if (this.#over.reliable !== false || run.givenUp || pending === 0) return;
        run.sent = true;
        sendOne();
      };
      sendOne(first);
    });
  }

  #mayTryAgain(error: unknown, run: Run, wasSent: boolean): boolean {
    if (!(error instanceof RpcError) || run.givenUp) return false;
    // Answers, and not failures of the network. At the deadline the inner call gives up.
    if (error instanceof RpcRefused || error instanceof RpcRejected || error instanceof RpcTimeout) return false;
    if (error.code !== "RPC_DISCONNECTED") return false;
    return wasSent || this.#options.waitForServer === true;
  }

  #waitAfter(failures: number): Promise<void> {
    return pause(backoffDelay(backoff, failures, this.#clock.random()), { clock: this.#clock });
  }

  #forget(session: ClientSession): void {
    if (this.#current === session) this.#current = undefined;
    session.finish();
  }

  #ask(procedure: Procedure, args: readonly unknown[], timeout: number, run?: Run): Promise<unknown> {
    // Without a connection nothing is sent yet, and nothing must be sent after the caller has given up.
    const signal = run !== undefined && !this.#over.connected ? run.signal : undefined;
    const semantics = procedure === create ? "at-most-once" : "maybe";
    return this.#over.callOnce({
      program: SESSION_VERS,
      procedure,
      args,
      options: {
        semantics,
        timeout: Math.max(0, timeout),
        background: run?.background === true,
        ...(signal && { signal }),
      },
    });
  }
}

/** Rings when it is time for the second copy of a call. */
class Again extends Alarm {
  readonly #again: () => void;
  rang = false;

  constructor(again: () => void) {
    super();
    this.#again = again;
  }

  ring(): void {
    this.rang = true;
    this.#again();
  }
}

const unsent: Promise<unknown> = Promise.resolve();

/** The reply with another transaction id. */
function withXid(reply: Uint8Array, xid: number): Uint8Array {
  const changed = Uint8Array.from(reply);
  new DataView(changed.buffer).setUint32(0, xid);
  return changed;
}

function cancelled(error: RpcCancelled): RpcError {
  const place: { place?: CallPlace } = error.place === undefined ? {} : { place: error.place };
  return new RpcCancelled("cancelled before it was sent", { ...place, mayHaveRun: false, cause: error.cause });
}
