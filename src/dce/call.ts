// One call of a client, from its method to its outcome. It ends once: with its reply, an error, its deadline or its signal.

import { listenForAbort } from "../base/abort.js";
import { messageOf } from "../base/show.js";
import { Alarm, type Deadlines } from "../peer/deadlines.js";
import { type CallPlace, RpcCancelled, RpcCodecError, RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import type { ClientAssociation } from "./client-association.js";
import { DceFault, DceRejected } from "./errors.js";
import type { DceOperation } from "./interface.js";
import { NdrError } from "./ndr/errors.js";
import { AssociationEnding, type CallsInFlight, type DceReply, type OutgoingCall } from "./outgoing-call.js";
import type { StubOptions } from "./stub-data.js";
import { decodeResult, encodeArguments } from "./stub-data.js";

/** The parts of a channel that its calls use. */
export interface CallKeeper {
  readonly deadlines: Deadlines;
  readonly coding: StubOptions;
  /** Identifies a call in messages. */
  place(operation: DceOperation): CallPlace;
  /** Sends it over a new connection. @returns false if it cannot. */
  repeat(call: DceCall): boolean;
  ended(call: DceCall): void;
  timedOut(call: DceCall): void;
}

export interface CallSettings {
  readonly args: readonly unknown[];
  /** Milliseconds that are left. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly cancel: AbortSignal | undefined;
  /** Whether it is sent once more after a lost connection. */
  readonly mayRepeat: boolean;
}

export class DceCall extends Alarm implements OutgoingCall {
  readonly operation: DceOperation;
  readonly stub: Uint8Array;
  readonly oneWay: boolean;
  /** Whether it has ended. */
  isOver = false;
  /** Called when it has ended, if it had to wait for its turn. */
  onOver: (() => void) | undefined;
  /** The association that it was given to, and what had arrived there. */
  given: ClientAssociation | undefined;
  heard = 0;
  silences = 0;
  readonly #keeper: CallKeeper;
  readonly #settings: CallSettings;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #mayRepeat: boolean;
  #wasSent = false;
  /** It has left an association that was ending, before it was sent. */
  #hasMoved = false;
  /** The first attempt was sent, and had no reply. */
  #mayHaveRun = false;
  /** The association that has sent it, and its number there. */
  #association: CallsInFlight | undefined;
  #id = 0;

  /** @throws RpcCodecError if the arguments cannot be encoded. */
  constructor(
    keeper: CallKeeper,
    operation: DceOperation,
    settings: CallSettings,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    super();
    this.#keeper = keeper;
    this.operation = operation;
    this.oneWay = operation.semantics === "maybe";
    this.#settings = settings;
    this.#mayRepeat = settings.mayRepeat;
    this.#resolve = resolve;
    this.#reject = reject;
    try {
      this.stub = encodeArguments(operation, settings.args, keeper.coding);
    } catch (cause) {
      throw this.#codecError("RPC_CANT_ENCODE_ARGS", cause);
    }
  }

  /** Milliseconds that it may take. */
  get timeout(): number {
    return this.#settings.timeout;
  }

  get isCancelled(): boolean {
    return this.#settings.cancel?.aborted === true;
  }

  /** Sets its deadline, and listens to its signals. It may end at once. */
  begin(): void {
    const { timeout, signal, cancel } = this.#settings;
    this.#keeper.deadlines.set(this, Math.max(0, timeout));
    if (signal?.aborted) return void this.#aborted();
    if (signal !== undefined) listenForAbort(signal, this.#aborted);
    if (cancel !== undefined) listenForAbort(cancel, this.#cancelled);
  }

  sent(association: CallsInFlight, id: number): void {
    this.#wasSent = true;
    this.#association = association;
    this.#id = id;
  }

  reply({ stub, little }: DceReply): void {
    if (!this.#end()) return;
    if (this.oneWay) return void this.#resolve(undefined);
    try {
      const { coding } = this.#keeper;
      const own = coding.little === little ? coding : { ...coding, little };
      this.#resolve(decodeResult(this.operation, this.#settings.args, stub, own));
    } catch (cause) {
      this.#reject(this.#codecError("RPC_CANT_DECODE_RESULT", cause));
    }
  }

  failed(error: unknown): void {
    if (this.isOver) return;
    if (error instanceof NdrError) {
      this.#end();
      return void this.#reject(this.#codecError("RPC_CANT_DECODE_RESULT", error));
    }
    const isLost = !(error instanceof RpcError);
    const moves = error instanceof AssociationEnding && !this.#wasSent && !this.#hasMoved;
    if (moves || (isLost && this.#mayRepeat)) {
      if (moves) this.#hasMoved = true;
      else {
        this.#mayRepeat = false;
        this.#mayHaveRun = this.#wasSent;
      }
      this.#association = undefined;
      // Other calls wait for their turn at the lost association.
      this.onOver?.();
      this.onOver = undefined;
      if (this.#keeper.repeat(this)) return;
    }
    this.#end();
    this.#reject(this.#explained(error));
  }

  /** Called when the call's deadline has passed. */
  ring(): void {
    this.#keeper.timedOut(this);
    const what = this.#wasSent ? "reply" : "connection";
    const timeout = Math.ceil(this.#settings.timeout);
    this.#giveUp(new RpcTimeout(`no ${what} within ${timeout} ms (options.timeout)`, this.#options()));
  }

  readonly #aborted = (): void => {
    const cause = this.#settings.signal?.reason;
    this.#giveUp(new RpcCancelled("the call was cancelled", { ...this.#options(), cause }));
  };

  readonly #cancelled = (): void => this.#association?.cancel(this.#id);

  #giveUp(error: RpcError): void {
    if (!this.#end()) return;
    this.#association?.abandon(this.#id);
    this.#reject(error);
  }

  #end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    const { signal, cancel } = this.#settings;
    this.#keeper.deadlines.clear(this);
    signal?.removeEventListener("abort", this.#aborted);
    cancel?.removeEventListener("abort", this.#cancelled);
    this.onOver?.();
    this.#keeper.ended(this);
    return true;
  }

  #options(): { place: CallPlace; mayHaveRun: boolean } {
    return { place: this.#keeper.place(this.operation), mayHaveRun: this.#wasSent || this.#mayHaveRun };
  }

  #explained(error: unknown): unknown {
    const { place, mayHaveRun } = this.#options();
    // Whatever the second attempt has met, the first one may have run.
    const before = this.#mayHaveRun;
    if (error instanceof DceFault) return new DceFault(error.status, { place, mayHaveRun: before || error.mayHaveRun });
    if (error instanceof DceRejected) return new DceRejected(error.message, { place, mayHaveRun: before });
    if (error instanceof RpcError) return before ? Object.assign(error, { mayHaveRun: true }) : error;
    const message = messageOf(error);
    return new RpcDisconnected(message, { place, mayHaveRun, cause: error });
  }

  #codecError(code: "RPC_CANT_ENCODE_ARGS" | "RPC_CANT_DECODE_RESULT", cause: unknown): RpcCodecError {
    const isReply = code === "RPC_CANT_DECODE_RESULT";
    const what = isReply ? "the result cannot be decoded" : "the arguments cannot be encoded";
    const place = this.#keeper.place(this.operation);
    return new RpcCodecError(code, `${what}: ${(cause as Error).message}`, { place, mayHaveRun: isReply, cause });
  }
}
