// Carries calls that run exactly once. A separate Peer writes each call as a whole message, and reads its reply. This
// file takes the message to the server in a session: step 1 takes a slot; sender.ts has steps 2 and 3.
import { authNone } from "../auth/none.js";
import type { Clock } from "../base/clock.js";
import type { SessionCount } from "../client/stats.js";
import { Alarm, Deadlines } from "../peer/deadlines.js";
import { defaultTimeout, Peer, type PeerOptions } from "../peer/peer.js";
import { defaultRetransmit, type RetransmitPolicy, retransmitDelay } from "../peer/retransmit.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import { type CallPlace, RpcCancelled, RpcError, RpcTimeout } from "../rpc/errors.js";
import { AcceptStat } from "../rpc/header.js";
import type { Address } from "../transport/address.js";
import type { ClientFile, SavedCall } from "./client-file.js";
import type { ClientSession } from "./client-session.js";
import { type ClientSessionEvent, clientSession } from "./diagnostics.js";
import { Direct, DirectCalls, type FirstCopy, resumed } from "./direct-call.js";
import { inDoubt, notRun } from "./errors.js";
import { plainReply, withXid } from "./message.js";
import { MessagePipe } from "./message-pipe.js";
import { Run } from "./run.js";
import { type Carrier, Sender } from "./sender.js";
import { SESSION_VERS } from "./session.gen.js";
import { lostAnswer, type SavedCalls, unfinishedProcedure } from "./unfinished.js";

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
  /** Keeps the session when the process ends. */
  readonly file: ClientFile | undefined;
}

const { end } = SESSION_VERS.procedures;
const noAuth = authNone();

/** A channel whose calls run exactly once. */
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
  readonly #sender: Sender;
  /** Calls whose first copy was sent directly and has no answer yet. */
  #direct = 0;
  #whenNoneIsDirect: (() => void)[] = [];
  /** The call that the peer is writing now. */
  #writing: ChannelCall | undefined;
  /** Its first copy, if that was sent already. */
  #first: FirstCopy | undefined;
  #making: { readonly session: Promise<ClientSession>; readonly by: Run } | undefined;
  #current: ClientSession | undefined;
  /** Ends the wait for the answers of first copies that were lost. */
  readonly #closing = new AbortController();
  /** Calls of an earlier process that nobody has asked for yet. */
  readonly #saved: Set<SavedCall>;

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
    this.#sender = new Sender(
      over,
      { ...options, retransmit: this.#retransmit },
      {
        keep: (session) => this.#keep(session),
        forget: (session) => this.#forget(session),
        note: (kind) => this.#note(kind),
      },
    );
    const restored = options.file?.restored;
    this.#saved = new Set(restored?.calls);
    if (restored?.session.isOld(this.#clock.now()) === false) this.#current = restored.session;
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
    if (request.procedure === unfinishedProcedure) return Promise.resolve(this.#unfinished());
    return this.#callDirectly(request) ?? this.#callThroughPeer(request);
  }

  #unfinished(): SavedCalls | undefined {
    const { file } = this.#options;
    if (file === undefined) return undefined;
    const take = (call: SavedCall): ClientSession => {
      if (!this.#saved.delete(call)) throw new Error("the call was finished or given up already");
      return file.restored?.session as ClientSession;
    };
    return {
      calls: [...this.#saved],
      send: async (call, request) => {
        const session = take(call);
        const { slot, message } = call;
        const first = { request, session, slot, message, started: this.#clock.now(), answer: lostAnswer() };
        return this.#callThroughPeer(request, first);
      },
      giveUp: (call) => {
        const session = take(call);
        const { slot } = call;
        file.settled(session, slot.number, slot.sequence);
        session.release(slot, this.#clock.now());
      },
    };
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
    const session = this.#options.file === undefined ? this.#current : undefined;
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
    const isReliable = this.#over.reliable === true;
    const ending = isReliable ? {} : { signal: this.#closing.signal };
    const options = { semantics: "maybe", timeout, background, ...ending } as const;
    copy.answer = this.#over.callOnce({ program: SESSION_VERS, procedure, args: [copy], options });
    this.#direct++;
    if (isReliable) {
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
    await this.#end();
    this.#closing.abort(new Error("the client was closed"));
    await this.#options.file?.close();
  }

  async #end(): Promise<void> {
    const session = this.#current;
    this.#current = undefined;
    // The session ends with its lease, unless somebody asks for these calls before.
    if (this.#saved.size > 0) return;
    // If there never was a connection, nothing is sent: the session ends with its lease.
    if (session === undefined || session.over || this.#over.reliable === undefined) return;
    session.finish();
    await this.#sender.ask(end, [session.id], 1_000).then(
      () => this.#options.file?.over(session),
      () => undefined,
    );
  }

  destroy(reason?: Error): void {
    this.#current?.finish();
    this.#peer.destroy(reason);
    this.#options.file?.close().catch(() => undefined);
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
      const outcome = await this.#sender.call(first.session, first.slot, run, first.answer);
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
      const outcome = await this.#sender.call(session, slot, run);
      if (outcome !== "again") return outcome;
    }
  }

  // Step 1.
  async #sessionFor(run: Run): Promise<ClientSession> {
    if (this.#current?.isStale(this.#clock.now())) this.#forget(this.#current);
    if (this.#current !== undefined && !this.#current.over) return this.#current;
    this.#making ??= {
      session: this.#sender.make(run).finally(() => {
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

  #keep(session: ClientSession): void {
    this.#current = session;
    this.#note("made");
  }

  #forget(session: ClientSession): void {
    if (this.#current === session) this.#current = undefined;
    this.#options.file?.over(session);
    session.finish();
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

function cancelled(error: RpcCancelled): RpcError {
  const place: { place?: CallPlace } = error.place === undefined ? {} : { place: error.place };
  return new RpcCancelled("cancelled before it was sent", { ...place, mayHaveRun: false, cause: error.cause });
}
