// Carries calls that run exactly once. A separate Peer writes each call as a whole message, and reads its reply. This
// file takes the message to the server in a session: step 1 takes a slot; sender.ts has steps 2 and 3.
import type { Clock } from "../base/clock.js";
import type { SessionCount } from "../client/stats.js";
import { Deadlines } from "../peer/deadlines.js";
import { defaultTimeout, Peer, type PeerOptions } from "../peer/peer.js";
import { defaultRetransmit, type RetransmitPolicy } from "../peer/retransmit.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import { type CallPlace, RpcCancelled, RpcError, RpcTimeout } from "../rpc/errors.js";
import { AcceptStat } from "../rpc/header.js";
import type { Address } from "../transport/address.js";
import type { ClientFile, SavedCall } from "./client-file.js";
import { ClientSession } from "./client-session.js";
import { type ClientSessionEvent, clientSession } from "./diagnostics.js";
import { DirectCalls, type FirstCopy } from "./direct-calls.js";
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

/** A channel whose calls run exactly once. */
export class SessionChannel implements Channel {
  readonly #over: Carrier;
  readonly #options: SessionChannelOptions;
  readonly #clock: Clock;
  readonly #pipe: MessagePipe;
  readonly #peer: Peer;
  /** Calls without an answer, by the transaction id of their message. */
  readonly #runs = new Map<number, Run>();
  readonly #counts = { sessionsMade: 0, sessionCopies: 0, sessionInDoubt: 0, sessionRefused: 0 };
  readonly #directCalls: DirectCalls;
  readonly #sender: Sender;
  /** The call that the peer is writing now. */
  #writing: ChannelCall | undefined;
  /** Its first copy, if that was sent already. */
  #first: FirstCopy | undefined;
  #making: { readonly session: Promise<ClientSession>; readonly by: Run } | undefined;
  #current: ClientSession | undefined;
  /** Calls of an earlier process that nobody has asked for yet. */
  readonly #saved: Set<SavedCall>;

  constructor(over: Carrier, options: SessionChannelOptions) {
    this.#over = over;
    over.past.push(this.#counts);
    this.#options = options;
    this.#clock = options.clock;
    const retransmit = { ...defaultRetransmit, random: () => this.#clock.random(), ...options.retransmit };
    this.#pipe = new MessagePipe(over.remote, (message) => this.#begin(message));
    const deadlines = new Deadlines(options.clock);
    this.#peer = new Peer(this.#pipe, { ...options.peer, retransmit: undefined, clock: options.clock, deadlines });
    this.#directCalls = new DirectCalls(over, {
      peer: options.peer,
      clock: options.clock,
      retransmit,
      deadlines,
      callThroughPeer: (request, first) => this.#callThroughPeer(request, first),
    });
    this.#sender = new Sender(
      over,
      { ...options, retransmit },
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
    const session = this.#options.file === undefined ? this.#current : undefined;
    return (session && this.#directCalls.call(request, session)) ?? this.#callThroughPeer(request);
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
        const first = { session, slot, message, started: this.#clock.now(), answer: lostAnswer() };
        return this.#callThroughPeer(request, first);
      },
      giveUp: (call) => {
        const session = take(call);
        const { slot } = call;
        file.leave(session, slot);
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

  async close(): Promise<void> {
    await this.#directCalls.idle();
    await this.#peer.close();
    await this.#end();
    this.#directCalls.close();
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
      // At once if there is a session, so that calls wait for their slots in the order in which they were made.
      const found = this.#sessionFor(run);
      const session = found instanceof ClientSession ? found : await found;
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
  #sessionFor(run: Run): Promise<ClientSession> | ClientSession {
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

function cancelled(error: RpcCancelled): RpcError {
  const place: { place?: CallPlace } = error.place === undefined ? {} : { place: error.place };
  return new RpcCancelled("cancelled before it was sent", { ...place, mayHaveRun: false, cause: error.cause });
}
