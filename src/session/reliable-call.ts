// The usual call of a slot over a connection that delivers each message once, or ends. Its outcome is that of the first copy.
import type { RecoverableCall } from "../peer/exchange.js";
import type { ClientSession, ClientSlot } from "./client-session.js";
import type { session_reply } from "./session.gen.js";
import { type CallsOfSlots, SlotCall } from "./slot-call.js";

export class ReliableCall extends SlotCall implements RecoverableCall {
  /** Not a promise of its own for each call. */
  readonly recover: (error: unknown) => Promise<unknown>;

  constructor(calls: CallsOfSlots, session: ClientSession, slot: ClientSlot) {
    super(calls, session, slot);
    this.recover = async (error) => {
      // Later, because the peer may be failing all of its calls at the moment.
      await undefined;
      return this.#hasOutcome(calls.resume(this, Promise.reject(error)));
    };
  }

  protected succeeded(result: unknown): unknown {
    // Before the call that has waited serves another one.
    const resolve = this.waited?.resolve;
    this.calls.settled(this);
    return resolve === undefined ? result : resolve(result);
  }

  protected answered(reply: session_reply): unknown {
    return this.#hasOutcome(this.calls.resume(this, Promise.resolve(reply)));
  }

  /** If the call has waited for its slot, nobody waits for the outcome of the copy. */
  #hasOutcome(outcome: Promise<unknown>): unknown {
    return this.waited === undefined ? outcome : this.waited.resolve(outcome);
  }
}
