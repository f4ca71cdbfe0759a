// Carries calls that run exactly once. A separate Peer writes each call as a whole message, and reads its reply. This
// file takes the message to the server in a session: step 1 takes a slot, step 2 sends the call with its sequence
// number until it is answered, step 3 interprets the answer.
import { type Backoff, backoffDelay } from "../base/backoff.js";
import type { Clock } from "../base/clock.js";
import { pause } from "../base/wait.js";
import { defaultTimeout, Peer, type PeerOptions } from "../peer/peer.js";
import { defaultRetransmit, type RetransmitPolicy, retransmitDelay } from "../peer/retransmit.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import { type CallPlace, RpcCancelled, RpcError, RpcRefused, RpcRejected, RpcTimeout } from "../rpc/errors.js";
import type { Procedure } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import { ClientSession, type ClientSlot } from "./client-session.js";
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
}

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
  /** The call that the peer is writing now. */
  #writing: ChannelCall | undefined;
  #making: { readonly session: Promise<ClientSession>; readonly by: Run } | undefined;
  #current: ClientSession | undefined;

  constructor(over: Carrier, options: SessionChannelOptions) {
    this.#over = over;
    this.#options = options;
    this.#clock = options.clock;
    this.#retransmit = { ...defaultRetransmit, random: () => this.#clock.random(), ...options.retransmit };
    this.#pipe = new MessagePipe(over.remote, (message) => this.#begin(message));
    this.#peer = new Peer(this.#pipe, { ...options.peer, retransmit: undefined, clock: options.clock });
  }

  get remote(): Address {
    return this.#over.remote;
  }

  call(request: ChannelCall): Promise<unknown> {
    if (request.procedure.oneWay) {
      return Promise.reject(new TypeError(`${request.procedure.name} has no reply: it cannot run exactly once`));
    }
    this.#writing = request;
    const { semantics: _, ...options } = request.options;
    const outcome = this.#peer.call({ ...request, options });
    this.#writing = undefined;
    return outcome.catch(async (error: unknown) => {
      throw await this.#explain(error);
    });
  }

  async close(): Promise<void> {
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
    const run = new Run(message, this.#writing, this.#clock.now(), this.#options.peer.timeout ?? defaultTimeout);
    this.#runs.set(run.xid, run);
    this.#carry(run).then(
      (reply) => {
        if (reply === undefined) return;
        this.#runs.delete(run.xid);
        this.#pipe.deliver(reply);
      },
      (error: unknown) => this.#fail(run, error),
    );
  }

  // The peer gets a made-up reply, so that it ends the call; `#explain` puts the error in its place.
  #fail(run: Run, error: unknown): void {
    if (run.givenUp) return;
    run.failure = error;
    this.#pipe.deliver(run.systemError());
  }

  /** The reply; undefined if its caller has given up before it was sent. */
  async #carry(run: Run): Promise<Uint8Array | undefined> {
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
  async #callIn(session: ClientSession, slot: ClientSlot, run: Run): Promise<Uint8Array | undefined | "again"> {
    const place = run.place(this.remote);
    slot.sequence++;
    const before = run.copies;
    let answer: session_reply;
    try {
      answer = await this.#answerTo(session, slot, run);
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
  async #answerTo(session: ClientSession, slot: ClientSlot, run: Run): Promise<session_reply> {
    const { number, sequence, settled } = slot;
    const args = [{ id: session.id, slot: number, sequence, settled, message: run.message }];
    for (let failures = 1; ; failures++) {
      try {
        const answer = await this.#sendCopies(run, args);
        if (answer.status !== Stat.SESSION_BUSY) return answer;
        if (run.givenUp || run.timeLeft(this.#clock) <= 0) throw inDoubt("the slot is busy", run.place(this.remote));
      } catch (error) {
        if (!this.#mayTryAgain(error, run, run.sent)) throw error instanceof RpcError ? explainRefusal(error) : error;
      }
      await this.#waitAfter(failures);
    }
  }

  /** Sends one copy over a reliable connection; otherwise sends further copies until one is answered. */
  #sendCopies(run: Run, args: readonly unknown[]): Promise<session_reply> {
    return new Promise((resolve, reject) => {
      let pending = 0;
      let sends = 0;
      let timer: ReturnType<Clock["setTimeout"]> | undefined;
      const settle = (finish: () => void): void => {
        this.#clock.clearTimeout(timer);
        finish();
      };
      const sendOne = (): void => {
        pending++;
        sends++;
        run.copies++;
        const { connected } = this.#over;
        run.follow(this.#ask(call, args, run.timeLeft(this.#clock) + slack, run), connected).then(
          (answer) => settle(() => resolve(answer as session_reply)),
          (error: unknown) => {
            if (--pending === 0) settle(() => reject(error));
          },
        );
        if (this.#over.reliable === true) return;
        timer = this.#clock.setTimeout(again, retransmitDelay(this.#retransmit, sends));
        if (run.background) timer.unref();
      };
      const again = (): void => {
        if (this.#over.reliable !== false || run.givenUp || pending === 0) return;
        run.sent = true;
        sendOne();
      };
      sendOne();
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

function cancelled(error: RpcCancelled): RpcError {
  const place: { place?: CallPlace } = error.place === undefined ? {} : { place: error.place };
  return new RpcCancelled("cancelled before it was sent", { ...place, mayHaveRun: false, cause: error.cause });
}
