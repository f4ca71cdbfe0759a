// The client's side of one stream: the items, fetched as fast as they are read.

import { authNone } from "../auth/none.js";
import { linkSignals } from "../base/link-signals.js";
import { randomBytes } from "../base/random-bytes.js";
import { pause } from "../base/wait.js";
import { decodingLimits } from "../client/decoding-limits.js";
import { channelOf } from "../client/index.js";
import type { ClientOptions } from "../client/options.js";
import { placeOf } from "../peer/failures.js";
import { type PlainCall, readOutcome, refuseUnprepared, writePlainCall } from "../peer/plain-call.js";
import { defaultDecodedBytes, mostGrowth } from "../peer/reply.js";
import type { StreamOptions } from "../rpc/call.js";
import { RpcCancelled, RpcCodecError, RpcError, RpcRefused } from "../rpc/errors.js";
import { emptyReplyMessage } from "../rpc/header.js";
import type { Procedure, Program } from "../rpc/program.js";
import type { Client } from "../rpc/stubs.js";
import { XdrReader } from "../xdr/reader.js";
import { elementWeight } from "../xdr/weight.js";
import { XdrWriter } from "../xdr/writer.js";
import { STREAM_VERS, type STREAM_VERS_Procedures, stream_state as State, type stream_items } from "./stream.gen.js";

const defaultWindow = 128;
/** Milliseconds to wait for the reason why a stream was refused. */
const patience = 5_000;
/** Milliseconds until a client that waits for an item asks again. */
const nextTimeout = 2 ** 31 - 1;

/** One call of a procedure with many results. */
export interface StreamRequest {
  readonly program: Program;
  readonly procedure: Procedure;
  readonly args: readonly unknown[];
  readonly options: StreamOptions;
}

/** The client of a stream. */
export interface Streaming {
  readonly service: Client<STREAM_VERS_Procedures>;
  readonly options: Pick<ClientOptions, "auth" | "limits" | "lenient">;
  /** Aborted when the client is closed. */
  readonly closing: AbortSignal;
}

/** The items of one stream. */
export async function* itemsOfCall(
  streaming: Streaming,
  request: StreamRequest,
): AsyncGenerator<unknown, void, undefined> {
  const stream = new OpenStream(streaming, request);
  const { window = defaultWindow } = request.options;
  let isOver = false;
  try {
    let pending: Promise<stream_items> | undefined = stream.fetch(window);
    while (pending !== undefined) {
      const batch: stream_items = await pending;
      pending = undefined;
      isOver = batch.state !== State.STREAM_MORE;
      const left = batch.items.length;
      // Half of the window is fetched while the other half is read.
      const threshold = Math.floor(left / 2);
      for (const [index, item] of batch.items.entries()) {
        if (!isOver && pending === undefined && index >= threshold)
          pending = stream.fetch(Math.max(1, window - (left - index)));
        yield decoded(stream.call, item, streaming.options);
        if (stream.signal.aborted) throw stream.cancelled();
      }
      if (batch.state === State.STREAM_FAILED) throw failed(stream.place);
      if (batch.state === State.STREAM_UNKNOWN) throw await stream.whyUnknown();
      if (!isOver) pending ??= stream.fetch(window);
    }
  } catch (error) {
    // Why the stream was not opened is more useful to report than that the server does not know it.
    const isUnavailable = error instanceof RpcRefused && error.code === "RPC_PROG_UNAVAIL";
    if (isUnavailable && !error.mayHaveRun && error.place?.program === STREAM_VERS.name) throw noStreams(error);
    if (stream.signal.aborted) throw stream.cancelled();
    throw error;
  } finally {
    stream.leave(isOver);
  }
}

/** The calls of one stream: STREAM_OPEN, which lasts as long as it, STREAM_NEXT and STREAM_END. */
class OpenStream {
  readonly call: PlainCall;
  readonly place: Place;
  /** Aborted when the caller cancels the stream, or the client is closed. */
  readonly signal: AbortSignal;
  readonly #streaming: Streaming;
  readonly #id = randomBytes(16) as Uint8Array<ArrayBuffer>;
  readonly #release: () => void;
  /** Answered when the stream has ended, or was refused. */
  readonly #opened: ReturnType<Streaming["service"]["open"]>;
  /** Rejects if the stream was refused. */
  readonly #refused: Promise<void>;

  /** Opens the stream. @throws TypeError for a credential that makes calls, and over UDP; RpcCancelled */
  constructor(streaming: Streaming, request: StreamRequest) {
    const { service, options: client, closing } = streaming;
    const { signal: given } = request.options;
    this.#streaming = streaming;
    const auth = request.options.auth ?? client.auth ?? authNone();
    if (auth.fixed === undefined) refuseUnprepared(auth);
    const { remote } = channelOf(service);
    if (remote.kind === "udp")
      throw new TypeError("a stream needs a connection: give an address of TCP or a Unix socket");
    this.call = { request, auth, sealed: [], xid: 0, transmissions: 0, remote, reliable: true };
    this.place = placeOf(request, remote, undefined);
    if (closing.aborted || given?.aborted) throw this.cancelled(false);
    const out = new XdrWriter();
    writePlainCall(out, this.call);
    const message = out.toBytes() as Uint8Array<ArrayBuffer>;
    const { signal, release } = linkSignals(closing, given);
    this.signal = signal;
    this.#release = release;
    this.#opened = service.open(
      { id: this.#id, hold: true, message },
      { semantics: "at-most-once", signal, timeout: Number.POSITIVE_INFINITY, background: true },
    );
    this.#refused = this.#opened.then((answer) => {
      if (answer.state === State.STREAM_FAILED) throw refusalOf(this.call, answer.reply);
      if (answer.state === State.STREAM_REFUSED) throw tooMany(this.place);
    });
    this.#refused.catch(() => undefined);
  }

  fetch(credits: number): Promise<stream_items> {
    const { signal } = this;
    const options = { semantics: "at-most-once", signal, timeout: nextTimeout } as const;
    const batch = this.#streaming.service.next({ id: this.#id, credits }, options).catch(async (error: unknown) => {
      throw (await didNotBegin(this.#opened)) ? error : begun(error);
    });
    batch.catch(() => undefined);
    return batch;
  }

  cancelled(mayHaveRun = true): RpcError {
    const { closing } = this.#streaming;
    const cause = closing.aborted ? new Error("the client was closed") : this.call.request.options.signal?.reason;
    return new RpcCancelled("the stream was cancelled", { place: this.place, mayHaveRun, cause });
  }

  /** The error of a stream that the server does not know. @throws the reason why it was refused, if it was. */
  async whyUnknown(): Promise<RpcError> {
    const { place } = this;
    await Promise.race([this.#refused, pause(patience, { background: true })]);
    return new RpcError("RPC_DISCONNECTED", "the server has ended the stream", { place, mayHaveRun: true });
  }

  /** Ends it at the server, unless that has ended it. */
  leave(isOver: boolean): void {
    // Until then, closing the client ends that call.
    this.#opened.then(this.#release, this.#release);
    // At most once: it leaves now, over the connection of the stream, before a stream that is opened next.
    const options = { semantics: "at-most-once", timeout: 5_000 } as const;
    if (!isOver) this.#streaming.service.end(this.#id, options).catch(() => undefined);
  }
}

/** @throws RpcCodecError if the item is not of the type, or would take too much memory (`limits.decodedBytes`). */
function decoded(call: PlainCall, item: Uint8Array, { limits, lenient }: Streaming["options"]): unknown {
  const { result } = call.request.procedure;
  const from = new XdrReader(item, { limits: decodingLimits(limits), ...(lenient && { lenient }) });
  const decodedBytes = limits?.decodedBytes ?? defaultDecodedBytes;
  if (item.length * mostGrowth > decodedBytes)
    from.elementsLeft = Math.min(from.elementsLeft, Math.floor(decodedBytes / elementWeight(result.shape)));
  try {
    const value = result.decode(from);
    from.finish();
    return value;
  } catch (cause) {
    const message = `an item of the stream cannot be decoded: ${(cause as Error).message}`;
    const place = placeOf(call.request, call.remote, undefined);
    throw new RpcCodecError("RPC_CANT_DECODE_RESULT", message, { place, mayHaveRun: true, cause });
  }
}

/** Whether the call that opens a stream has failed already, and certainly did not run. */
async function didNotBegin(opened: Promise<unknown>): Promise<boolean> {
  const pending = new Promise<false>((resolve) => setImmediate(resolve, false));
  const failed = opened.then(
    () => false,
    (error: unknown) => error instanceof RpcError && !error.mayHaveRun,
  );
  return Promise.race([failed, pending]);
}

/** The error of a call for items: whatever it says of that call, the generator may have run. */
const begun = (error: unknown): unknown =>
  error instanceof RpcError ? Object.assign(error, { mayHaveRun: true }) : error;

type Place = ReturnType<typeof placeOf>;

/** The error of the REPLY message with which the procedure was refused. */
function refusalOf(call: PlainCall, reply: Uint8Array): unknown {
  const reading = { decodedBytes: defaultDecodedBytes, onLeftOver: undefined };
  const outcome = readOutcome({ ...call, transmissions: 1 }, new XdrReader(reply), emptyReplyMessage(), reading);
  return "error" in outcome ? outcome.error : failed(placeOf(call.request, call.remote, undefined));
}

const failed = (place: Place): RpcError =>
  new RpcRefused("RPC_SYSTEM_ERR", "the procedure failed on the server, after the items that were received", {
    place,
    mayHaveRun: true,
  });

const tooMany = (place: Place): RpcError =>
  new RpcError("RPC_STREAM_REFUSED", "the server is closing, or has too many open streams (options of serveStreams)", {
    place,
    mayHaveRun: false,
  });

function noStreams(error: RpcRefused): RpcError {
  const message =
    "the server has no streams: implement the program with serveStreams of lupine/stream there, or mark its procedure @stream";
  return new RpcRefused("RPC_PROG_UNAVAIL", message, {
    ...(error.place && { place: error.place }),
    mayHaveRun: false,
    cause: error,
  });
}
