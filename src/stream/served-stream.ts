// One stream as the server has it: the generator, and the batches that the client fetches.
import { isAbort } from "../base/abort.js";
import type { Timer } from "../base/clock.js";
import { stream_state as State, type stream_items } from "./stream.gen.js";

/** A batch ends with the item that brings it to this number of bytes. */
const batchBytes = 65_536;
/** After an item of at least this number of bytes, no further one is made before the client asks for it. */
const largeItem = 16_384;
/** The most items of a batch, whatever the client asks for. */
const batchItems = 4_096;

type Step = { readonly result: IteratorResult<unknown> } | { readonly error: unknown };

/** A generator whose items are fetched in batches. It does not run ahead by more than one item. */
export class ServedStream {
  readonly #controller = new AbortController();
  /** Encodes an item. */
  encode: (item: unknown) => Uint8Array<ArrayBuffer> = () => new Uint8Array();
  /** Called with each error of the generator or of an encoder. `item` is the item that cannot be encoded. */
  failed: (error: unknown, item?: { readonly value: unknown }) => void = () => undefined;
  /** True if the stream ends when nothing is fetched for a minute. */
  isLeased = false;
  timer: Timer | undefined;
  /** True while there is no room for the stream. */
  isWaiting = false;
  /** A batch is being collected. */
  isBusy = false;
  /** Resolves when it has ended, in whatever way, and the generator is finished. */
  readonly ended: Promise<void>;
  #items: AsyncGenerator<unknown> | undefined;
  /** An item for a batch of its own: if it is too long to be sent, those before it arrive. */
  #large: Uint8Array<ArrayBuffer> | undefined;
  /** The item that the generator is making. */
  #step: Promise<Step> | undefined;
  #isOver = false;
  #finished: () => void = () => undefined;
  #ready: () => void = () => undefined;
  readonly #begun: Promise<void>;

  constructor() {
    this.#begun = new Promise((resolve) => {
      this.#ready = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#finished = resolve;
    });
  }

  /** The `call.signal` of the generator: aborted if the stream ends early. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  begin(items: AsyncGenerator<unknown>): void {
    this.#items = items;
    this.#ready();
    // It was ended while the procedure was called.
    if (this.#isOver) this.#finish();
  }

  /** As many items as there are in this turn of the event loop, and at least one, unless the stream ends. */
  async next(credits: number): Promise<stream_items> {
    this.isBusy = true;
    await this.#begun;
    const items: Uint8Array<ArrayBuffer>[] = [];
    if (this.#large !== undefined) return this.#takeLarge(this.#large);
    if (this.#items === undefined) return { state: State.STREAM_UNKNOWN, items };
    let state: State = State.STREAM_MORE;
    try {
      const most = Math.min(credits, batchItems);
      let bytes = 0;
      let late: Promise<undefined> | undefined;
      let isLarge = false;
      while (items.length < most && bytes < batchBytes && !isLarge && state === State.STREAM_MORE) {
        // It was ended between two items, and the generator is being finished: it cannot say any more whether it has ended itself.
        if (this.#step === undefined && this.#isOver) {
          state = State.STREAM_UNKNOWN;
          break;
        }
        this.#step ??= this.#advance();
        const step = late === undefined ? await this.#step : await Promise.race([this.#step, late]);
        if (step === undefined) break;
        this.#step = undefined;
        late ??= new Promise((resolve) => setImmediate(resolve, undefined));
        state = this.#stateAfter(step);
        if (state !== State.STREAM_MORE || !("result" in step)) break;
        const item = this.#encoded(step.result.value);
        if (item === undefined) state = State.STREAM_FAILED;
        else {
          isLarge = item.length >= largeItem;
          if (items.length > 0 && bytes + item.length > batchBytes) {
            this.#large = item;
            break;
          }
          items.push(item);
          bytes += item.length;
        }
      }
    } finally {
      this.isBusy = false;
    }
    if (state !== State.STREAM_MORE) this.end();
    return { state, items };
  }

  #takeLarge(item: Uint8Array<ArrayBuffer>): stream_items {
    this.#large = undefined;
    this.isBusy = false;
    return { state: State.STREAM_MORE, items: [item] };
  }

  /** Of a stream that was ended early, for example by the server's close, no reader may believe that it is complete. */
  #stateAfter(step: Step): State {
    if ("error" in step) return isAbort(step.error, this.signal) ? State.STREAM_UNKNOWN : State.STREAM_FAILED;
    if (step.result.done === true) return State.STREAM_ENDED;
    return this.#isOver ? State.STREAM_UNKNOWN : State.STREAM_MORE;
  }

  /** It was ended, and its generator may not have finished. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Ends the stream, and finishes the generator. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ready();
    this.#controller.abort(new Error("the stream has ended"));
    // Without a generator the procedure was refused, or `begin` finishes it.
    if (this.#items === undefined) this.#finished();
    else this.#finish();
  }

  #finish(): void {
    const done = (): void => this.#finished();
    // Its `finally` blocks run after the item that it is making now.
    this.#items?.return(undefined).then(done, (error) => {
      this.#threw(error);
      done();
    });
  }

  async #advance(): Promise<Step> {
    try {
      const items = this.#items as AsyncGenerator<unknown>;
      return { result: await items.next() };
    } catch (error) {
      this.#threw(error);
      return { error };
    }
  }

  /** Undefined: the item does not fit its type, which ends the stream. */
  #encoded(value: unknown): Uint8Array<ArrayBuffer> | undefined {
    try {
      return this.encode(value);
    } catch (error) {
      this.failed(error, { value });
      return undefined;
    }
  }

  // A generator that ends because its signal was aborted has not failed.
  #threw(error: unknown): void {
    if (!isAbort(error, this.signal)) this.failed(error);
  }
}
