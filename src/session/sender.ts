// Sends calls in sessions until they are answered: step 2 sends a call with its sequence number, step 3 interprets the answer.
// Step 1, which takes a slot, is in channel.ts.
import { type Backoff, backoffDelay } from "../base/backoff.js";
import type { Clock } from "../base/clock.js";
import { pause } from "../base/wait.js";
import { type RetransmitPolicy, retransmitDelay } from "../peer/retransmit.js";
import type { ChannelCall } from "../rpc/call.js";
import { RpcError, RpcRefused, RpcRejected, RpcTimeout } from "../rpc/errors.js";
import type { Procedure } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import type { ClientFile } from "./client-file.js";
import { ClientSession, type ClientSlot } from "./client-session.js";
import { explainRefusal, inDoubt, notRun, notSaved, sessionRefused } from "./errors.js";
import type { Run } from "./run.js";
import {
  SESSION_VERS,
  session_stat as Stat,
  type session_created,
  type session_grant,
  type session_reply,
} from "./session.gen.js";

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

export interface SenderOptions {
  readonly clock: Clock;
  readonly retransmit: RetransmitPolicy;
  readonly waitForServer: boolean | undefined;
  /** The most calls at once. The server may grant fewer. */
  readonly slots: number;
  /** Keeps the session when the process ends. */
  readonly file: ClientFile | undefined;
}

/** The channel that the sessions belong to. */
export interface Sessions {
  /** A session was made. */
  keep(session: ClientSession): void;
  /** No call may begin in a session any more. */
  forget(session: ClientSession): void;
  /** Another copy of a call is sent. */
  note(kind: "copy"): void;
}

/** The waits between two attempts at a call whose connection was lost. */
const backoff: Backoff = { first: 50, factor: 2, most: 2_000, jitter: 0.5 };

/** How often a call begins again because the server has forgotten the session before the call ran. */
const mostRenewals = 3;

/** The wait for the inner call ends first, so that its caller gets its own error. In milliseconds. */
const slack = 50;

const { create, call } = SESSION_VERS.procedures;

/** Sends calls in sessions, and again until they are answered. */
export class Sender {
  readonly #over: Carrier;
  readonly #options: SenderOptions;
  readonly #sessions: Sessions;
  readonly #clock: Clock;
  readonly #retransmit: RetransmitPolicy;

  constructor(over: Carrier, options: SenderOptions, sessions: Sessions) {
    this.#over = over;
    this.#options = options;
    this.#sessions = sessions;
    this.#clock = options.clock;
    this.#retransmit = options.retransmit;
  }

  /** Makes a session for all calls that wait for one; none of them was sent yet. */
  async make(run: Run): Promise<ClientSession> {
    for (let failures = 1; ; failures++) {
      try {
        const [wish, timeLeft] = [{ slots: this.#options.slots }, run.timeLeft(this.#clock)];
        const made = (await this.ask(create, [wish], timeLeft)) as session_created;
        const grant = grantOf(made, wish.slots);
        if (grant === undefined) throw sessionRefused(run.place(this.#over.remote), false);
        const session = new ClientSession(grant, this.#clock.now());
        await this.#options.file?.made(session, grant).catch((error) => {
          throw notSaved(run.place(this.#over.remote), error);
        });
        this.#sessions.keep(session);
        return session;
      } catch (error) {
        if (!this.#mayTryAgain(error, run, (error as RpcError).mayHaveRun === true)) {
          throw error instanceof RpcError ? notRun(explainRefusal(error)) : error;
        }
        await this.#waitAfter(failures);
      }
    }
  }

  /**
   * Steps 2 and 3. @param first the answer to a copy that was sent already. @returns the inner reply; "again" if the call did not run
   * and needs another session; undefined if its caller has given up.
   */
  async call(
    session: ClientSession,
    slot: ClientSlot,
    run: Run,
    first?: Promise<unknown>,
  ): Promise<Uint8Array | undefined | "again"> {
    const place = run.place(this.#over.remote);
    const { file } = this.#options;
    if (first === undefined) slot.sequence++;
    const { number, sequence } = slot;
    const before = run.uncertain;
    let answer: session_reply;
    try {
      if (file !== undefined && first === undefined) await this.#save(file, session, slot, run);
      answer = await this.#answerTo(session, slot, run, first);
    } catch (error) {
      // Never sent: the number is free again.
      if (!run.sent) {
        file?.leave(session, slot);
        slot.sequence--;
      }
      session.release(slot, this.#clock.now());
      if (run.givenUp) return undefined;
      throw error instanceof RpcError && run.sent && !error.mayHaveRun ? inDoubt(error.message, place) : error;
    }
    if (answer.status === Stat.SESSION_REFUSED) file?.leave(session, slot);
    else file?.settled(session, number, sequence);
    const isOnlyCopy = run.uncertain - before === 1 && this.#over.reliable === true;
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
    this.#sessions.forget(session);
    session.release(slot, this.#clock.now());
    if (answer.status !== Stat.SESSION_UNKNOWN) throw inDoubt("client and server disagree about the session", place);
    // Only one copy was sent, and the server has not run it.
    if (isOnlyCopy && !run.givenUp && ++run.renewals <= mostRenewals) return "again";
    throw inDoubt("the server does not know the session any more", place);
  }

  /** Writes the call to the file. @throws RpcError if that fails, or its caller has given up meanwhile: it must not be sent. */
  async #save(file: ClientFile, session: ClientSession, slot: ClientSlot, run: Run): Promise<void> {
    const place = run.place(this.#over.remote);
    await file.begin(session, slot, run.message).catch((error) => {
      throw notSaved(place, error);
    });
    if (run.givenUp) throw notSaved(place, undefined);
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
        if (run.givenUp || run.timeLeft(this.#clock) <= 0)
          throw inDoubt("the slot is busy", run.place(this.#over.remote));
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
        // A datagram that was lost is not waited for any longer.
        if (pending > 1) run.cancelCopies();
      };
      const sendOne = (sent?: Promise<unknown>): void => {
        pending++;
        sends++;
        if (++run.copies > 1) this.#sessions.note("copy");
        const connected = sent !== undefined || this.#over.connected;
        run.follow(sent ?? this.ask(call, args, run.timeLeft(this.#clock) + slack, run), connected).then(
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

  /** Calls a procedure of the session program. */
  ask(procedure: Procedure, args: readonly unknown[], timeout: number, run?: Run): Promise<unknown> {
    // Without a connection nothing is sent yet, and nothing must be sent after the caller has given up. Without a reliable one, the
    // copy may be lost, and nothing else ends the wait for its answer.
    const isEnding = !this.#over.connected || this.#over.reliable !== true;
    const signal = run !== undefined && isEnding ? run.signal : undefined;
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

/** A server may grant fewer slots than were asked for; more would only take memory. Undefined if no call can be made. */
function grantOf(made: session_created, most: number): session_grant | undefined {
  if (made.status !== Stat.SESSION_OK) return undefined;
  const { grant } = made as session_created & { status: 0 };
  return grant.slots === 0 ? undefined : { ...grant, slots: Math.min(grant.slots, most) };
}
