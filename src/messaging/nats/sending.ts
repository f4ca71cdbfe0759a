// A message on its way to a durable mailbox, and how it can fail.
import { listenForAbort } from "../../base/abort.js";
import type { Place } from "../../base/linked-list.js";
import { Alarm } from "../../peer/deadlines.js";

export interface SendingOptions {
  /** Milliseconds until it fails; Infinity for never. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** False: it is not stored if there is no room. */
  readonly wait: boolean;
  /** Where the receiver reports that it has handled the message. */
  readonly notice?: string | undefined;
}

/** It resolves with the sequence number under which it is stored, or with undefined if there is no room and it does not wait. */
export class Sending extends Alarm {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly options: SendingOptions;
  readonly stored: Promise<number | undefined>;
  /** Its place among those that were never published. */
  place: Place<Sending> | undefined;
  /** It was published, and JetStream has not answered. */
  isAsked = false;
  /** Its time is over, and its outcome depends on JetStream's answer. */
  isExpired = false;
  /** The caller has its outcome. */
  isOver = false;
  /** When it was first published without a definite answer: it may be stored. */
  unconfirmed: number | undefined;
  readonly #resolve: (sequence: number | undefined) => void;
  readonly #reject: (error: Error) => void;
  readonly #late: (sending: Sending) => void;
  #abort: (() => void) | undefined;

  /** `late` and `aborted` are called when its caller does not wait any longer. */
  constructor(
    id: string,
    bytes: Uint8Array,
    options: SendingOptions,
    ends: { readonly late: (sending: Sending) => void; readonly aborted: (sending: Sending) => void },
  ) {
    super();
    this.id = id;
    this.bytes = bytes;
    this.options = options;
    this.#late = ends.late;
    let resolve = (_: number | undefined): void => {};
    let reject = (_: Error): void => {};
    this.stored = new Promise((fulfil, fail) => {
      resolve = fulfil;
      reject = fail;
    });
    this.#resolve = resolve;
    this.#reject = reject;
    if (options.signal === undefined) return;
    this.#abort = () => ends.aborted(this);
    listenForAbort(options.signal, this.#abort);
  }

  /** Whether it may be stored although no answer says so. */
  get mayBeStored(): boolean {
    return this.isAsked || this.unconfirmed !== undefined;
  }

  ring(): void {
    this.#late(this);
  }

  succeed(sequence: number | undefined): void {
    this.#finish();
    this.#resolve(sequence);
  }

  fail(error: Error): void {
    this.#finish();
    this.#reject(error);
  }

  #finish(): void {
    this.isOver = true;
    if (this.#abort !== undefined) this.options.signal?.removeEventListener("abort", this.#abort);
  }
}
