// One call on its way through a session, from its message to its outcome.
import type { Clock } from "../base/clock.js";
import { placeOf } from "../peer/failures.js";
import type { ChannelCall } from "../rpc/call.js";
import { type CallPlace, RpcError } from "../rpc/errors.js";
import type { Address } from "../transport/address.js";

/** One call in a session. */
export class Run {
  readonly message: Uint8Array;
  readonly xid: number;
  readonly background: boolean;
  readonly #request: ChannelCall | undefined;
  /** The deadline, by the clock. */
  readonly #deadline: number;
  #abort: AbortController | undefined;
  /** The number of copies that were sent without waiting for a connection, and have not failed. */
  #leaving = 0;
  /** The last copy that was made without a connection. */
  #waiting: Promise<unknown> | undefined;
  /** Copies that were given to the channel below. */
  copies = 0;
  /** Those of them that have certainly not run. */
  #failed = 0;
  /** How often the call began again because the server had forgotten its session. */
  renewals = 0;
  /** A copy may have left. */
  sent = false;
  /** Its caller does not wait any more. */
  givenUp = false;
  /** The error that its caller gets. */
  failure: unknown;

  /** `xid`: that of the peer's message. `message` may be an earlier one of the same call, with another xid. */
  constructor(message: Uint8Array, xid: number, request: ChannelCall | undefined, now: number, defaultTimeout: number) {
    this.message = message;
    this.xid = xid;
    this.#request = request;
    const { timeout = defaultTimeout, background = false } = request?.options ?? {};
    this.background = background;
    this.#deadline = now + timeout - (request?.spent ?? 0);
  }

  /** Copies that may have run. */
  get uncertain(): number {
    return this.copies - this.#failed;
  }

  timeLeft(clock: Clock): number {
    return this.#deadline - clock.now();
  }

  /** Aborted when the caller gives up, and by `cancelCopies`. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.givenUp) this.#abort.abort();
    return this.#abort.signal;
  }

  /** Ends the wait for the answers of all copies that were sent until now. */
  cancelCopies(): void {
    this.#abort?.abort(new Error("another copy was answered"));
    this.#abort = undefined;
  }

  /** Follows one copy. `connected`: it leaves at once; else it may wait for a connection, until the signal is aborted. */
  follow<T>(copy: Promise<T>, connected: boolean): Promise<T> {
    if (connected) this.#leaving++;
    const followed = copy.then(
      (answer) => {
        this.sent = true;
        return answer;
      },
      (error: unknown) => {
        if (connected) this.#leaving--;
        if (!(error instanceof RpcError)) throw error;
        if (error.mayHaveRun) this.sent = true;
        else this.#failed++;
        throw error;
      },
    );
    if (!connected) this.#waiting = followed;
    return followed;
  }

  /** Stops sending. Resolves with whether a copy may have been sent. */
  async giveUp(): Promise<boolean> {
    this.givenUp = true;
    this.#abort?.abort(new Error("the caller has given up"));
    await this.#waiting?.catch(() => undefined);
    return this.sent || this.#leaving > 0;
  }

  place(remote: Address): CallPlace | undefined {
    return this.#request && placeOf(this.#request, remote, this.xid);
  }
}
