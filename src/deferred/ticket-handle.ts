// A ticket, as the program that has made the call holds it.
import { checkOptions } from "../base/check-options.js";
import type { Clock } from "../base/clock.js";
import { waitFor } from "../base/wait.js";
import type { Outcome } from "../peer/plain-call.js";
import type { Progress } from "../rpc/call.js";
import { RpcCancelled, RpcTimeout } from "../rpc/errors.js";
import { placeOfCall } from "./call-message.js";
import { ticket_state as State, type ticket_outcome } from "./deferred.gen.js";
import type { Entry } from "./entry.js";
import { ticketCancelled, ticketInDoubt, ticketUnknown } from "./errors.js";

/** Options of `ticket.result()`. */
export interface ResultOptions {
  /** Milliseconds to wait; Infinity for no limit. Default Infinity. The call continues after a timeout. */
  readonly timeout?: number;
  /** Ends the wait. The call continues: `ticket.cancel()` ends it. Default: none. */
  readonly signal?: AbortSignal;
  /**
   * True: the server keeps the outcome until `ticket.release()`, or for its lease. Default false: the outcome is released once the client has
   * received it.
   */
  readonly keep?: boolean;
}

/** The parts of a client that its tickets use. */
export interface TicketParts {
  /** Begins to wait for the outcome. */
  ask(): void;
  read(reply: Uint8Array): Outcome;
  release(): Promise<void>;
  cancel(): Promise<State>;
  /** Whether the server that answers now is another one than that which has accepted the call. */
  isAnotherServer(): Promise<boolean>;
  readonly clock: Clock;
}

/**
 * A call that a server has accepted. `createDeferredClient` makes clients whose methods return tickets.
 * @example
 * await using server = new Server();
 * server.implement(ADD_VERS, {
 *   add({ a, b }, call) {
 *     call.progress(1, 2, "half");
 *     return a + b;
 *   },
 * });
 * serveDeferred(server);
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 * await using client = createDeferredClient(ADD_VERS, address);
 * const ticket = await client.add({ a: 1, b: 2 });
 * console.log(await ticket.result()); // 3
 */
export class Ticket<Result> {
  /** 32 hexadecimal digits. A process that has the id and the same credential can resume the ticket, so keep the id secret. */
  readonly id: string;
  readonly #entry: Entry;
  readonly #parts: TicketParts;
  #outcome: Promise<Outcome> | undefined;

  /** @internal */
  constructor(entry: Entry, parts: TicketParts) {
    this.id = entry.key;
    this.#entry = entry;
    this.#parts = parts;
  }

  /**
   * Resolves with the result, now or when the call has ended. May be called several times.
   * @throws RpcError as the call would: RpcRefused, RpcRejected, RpcCodecError. RpcCancelled after `cancel()`. RPC_IN_DOUBT if the server was
   * stopped while the call ran, or was restarted without a log. RPC_TICKET_UNKNOWN if the server has no such ticket. RpcTimeout and RpcCancelled for the options:
   * the call then continues, and `result()` may be called again.
   */
  async result(options: ResultOptions = {}): Promise<Result> {
    checkOptions({ timeout: "time", signal: "signal", keep: "flag" }, options);
    const { timeout = Number.POSITIVE_INFINITY, signal, keep = false } = options;
    const place = placeOfCall(this.#entry.call);
    const outcome = await waitFor(this.#ask(), {
      timeout,
      signal,
      clock: this.#parts.clock,
      onTimeout: () => new RpcTimeout("the call has not ended yet (options.timeout)", { place, mayHaveRun: true }),
      onAbort: (cause) => new RpcCancelled("the wait for the result was cancelled", { place, mayHaveRun: true, cause }),
    });
    if (!keep) this.release().catch(() => undefined);
    if ("error" in outcome) throw outcome.error;
    return outcome.value as Result;
  }

  /**
   * Yields the progress reports of the handler (`call.progress(...)`): the latest one after each change. Ends when the call has ended, also after an
   * error.
   * @example
   * const bar = async (ticket: Ticket<number>) => {
   *   for await (const { done, total = 0 } of ticket.progress()) console.log(`${done} of ${total}`);
   * };
   */
  progress(): AsyncIterable<Progress> {
    this.#ask().catch(() => undefined);
    return this.#entry.progress();
  }

  /**
   * Cancels the call. A waiting call never runs. If the call is running, its `call.signal` is aborted and its outcome is dropped. `result()` then
   * rejects with RpcCancelled, whose `mayHaveRun` is false in the first case and true in the second.
   * @returns true if the call is cancelled now, or was cancelled before. False if it had already ended: `result()` then has its outcome. Also false if
   * the server has no such ticket, or the ticket belongs to another credential: `result()` then rejects with RPC_TICKET_UNKNOWN.
   * @throws RpcError if the server cannot be asked.
   */
  async cancel(): Promise<boolean> {
    const state = await this.#parts.cancel();
    this.#parts.ask();
    return state === State.TICKET_CANCELLED || state === State.TICKET_STOPPED;
  }

  /** Tells the server to delete the outcome. `result()` does this, too, unless `keep` is true. Never rejects. */
  async release(): Promise<void> {
    await this.#parts.release();
  }

  #ask(): Promise<Outcome> {
    this.#parts.ask();
    this.#outcome ??= this.#entry.outcome.then((outcome) => this.#read(outcome));
    return this.#outcome;
  }

  async #read(outcome: ticket_outcome): Promise<Outcome> {
    const place = placeOfCall(this.#entry.call);
    switch (outcome.state) {
      case State.TICKET_DONE:
        return this.#parts.read(outcome.reply);
      case State.TICKET_CANCELLED:
        return { error: ticketCancelled(place, false) };
      case State.TICKET_STOPPED:
        return { error: ticketCancelled(place, true) };
      case State.TICKET_IN_DOUBT:
        return { error: ticketInDoubt("the server was stopped while the call ran", place) };
      default:
        if (await this.#parts.isAnotherServer().catch(() => false)) {
          return { error: ticketInDoubt("the server was restarted, and keeps no ticket log", place) };
        }
        return { error: ticketUnknown(place) };
    }
  }
}
