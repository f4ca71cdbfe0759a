// The open streams of a server: which connection has which, and how they end.
import { systemClock, type Timer } from "../base/clock.js";
import { waitAtMost } from "../base/wait.js";
import type { Call, Channel, IncomingCall } from "../rpc/call.js";
import { refuse } from "../server/index.js";
import type { Server } from "../server/server.js";
import { carriesCalls, isSuccess, programOf } from "../session/message.js";
import { hostOf } from "../session/owner.js";
import { HostShares } from "../transport/host-shares.js";
import { locateEncodeError } from "../xdr/locate.js";
import type { XdrType } from "../xdr/type.js";
import { XdrWriter } from "../xdr/writer.js";
import { itemsOf, sourceOf } from "./returning.js";
import { ServedStream } from "./served-stream.js";
import {
  stream_state as State,
  type stream_items,
  type stream_next,
  type stream_open,
  type stream_opened,
} from "./stream.gen.js";

type Served = Parameters<NonNullable<Parameters<Server["answerWithin"]>[0]["codecs"]>["served"]>[0];

/** Milliseconds without a STREAM_NEXT after which a stream that is not held ends. */
const lease = 60_000;

/** The most bytes of calls in streams that are not held. Those of held streams count as arguments of calls that run. */
const mostLeasedBytes = 16 * 1024 * 1024;

/** Milliseconds for which a new stream waits for one that was ended to finish, if there is no room for both. */
const patience = 1_000;

export interface StreamLimits {
  readonly streamsPerConnection: number;
  readonly streams: number;
}

/** The open streams of one server. */
export class OpenStreams {
  readonly #server: Server;
  readonly #limits: StreamLimits;
  /** By connection, and then by id. */
  readonly #streams = new Map<Channel, Map<string, ServedStream>>();
  /** The streams of each host, and the bytes of the calls of those that are not held. */
  readonly #perHost: HostShares;
  readonly #leasedBytes = new HostShares(mostLeasedBytes);
  #isClosing: boolean;

  constructor(server: Server, limits: StreamLimits) {
    this.#server = server;
    this.#limits = limits;
    this.#perHost = new HostShares(limits.streams);
    this.#isClosing = server.closing;
    server.onClosing(() => this.#endAll());
  }

  /** Begins a stream. Resolves at once, or when it has ended. */
  async open({ id, hold, message }: stream_open, call: IncomingCall): Promise<stream_opened> {
    const program = programOf(message);
    if (program === undefined || carriesCalls(program) || call.remote.kind === "udp")
      throw refuse("RPC_GARBAGE_ARGS", { mayHaveRun: false });
    const key = keyOf(id);
    const host = hostOf(call);
    const leasedBytes = hold ? 0 : message.length;
    const own = this.#streams.get(call.peer) ?? new Map<string, ServedStream>();
    // Nothing would end a stream that begins later, and the server would wait for it.
    if (own.has(key) || this.#isClosing) return { state: State.STREAM_REFUSED };
    const stream = new ServedStream();
    stream.isWaiting = true;
    // In one step, so that streams which wait for the same one to end do not all find its room.
    const enter = (): boolean => {
      if (!this.#hasRoomOn(own) || !this.#hasRoomFor(host, leasedBytes)) return false;
      stream.isWaiting = false;
      this.#count(host, 1, leasedBytes);
      return true;
    };
    if (!enter() && firstEnding(own) === undefined) return { state: State.STREAM_REFUSED };
    // Before the wait, because a call for its first items may be here already.
    own.set(key, stream);
    this.#streams.set(call.peer, own);
    if (stream.isWaiting && !(await entersSoon(own, enter))) {
      this.#forget(call.peer, key);
      stream.end();
      return { state: State.STREAM_REFUSED };
    }
    stream.ended.then(() => {
      this.#forget(call.peer, key);
      this.#count(host, -1, -leasedBytes);
    });
    const reply = await this.#begin(stream, message, call);
    if (reply !== undefined) {
      stream.end();
      return { state: State.STREAM_FAILED, reply };
    }
    if (!hold) {
      stream.isLeased = true;
      this.#lease(stream);
      return { state: State.STREAM_MORE };
    }
    const end = (): void => stream.end();
    call.signal.addEventListener("abort", end, { once: true });
    if (call.signal.aborted) end();
    await stream.ended;
    call.signal.removeEventListener("abort", end);
    return { state: State.STREAM_ENDED };
  }

  /** The next items, as soon as there is one. */
  async next({ id, credits }: stream_next, call: IncomingCall): Promise<stream_items> {
    const stream = this.#find(id, call);
    if (stream === undefined) return { state: State.STREAM_UNKNOWN, items: [] };
    if (stream.isBusy) throw refuse("RPC_GARBAGE_ARGS", { mayHaveRun: false });
    this.#lease(stream);
    return stream.next(credits);
  }

  end(id: Uint8Array, call: IncomingCall): void {
    this.#find(id, call)?.end();
  }

  #find(id: Uint8Array, { peer }: IncomingCall): ServedStream | undefined {
    return this.#streams.get(peer)?.get(keyOf(id));
  }

  /** Calls the procedure. Resolves with its REPLY message if it was refused. */
  async #begin(
    stream: ServedStream,
    message: Uint8Array,
    outer: IncomingCall,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    let result: unknown;
    const served = (found: Served): Served => {
      const { method } = found;
      const { result: type } = found.procedure;
      stream.encode = encoder(type);
      // Errors of items have the path of the field, as errors of results.
      stream.failed = (error, item) =>
        this.#server.reportError(
          item === undefined ? error : locateEncodeError(type.shape, item.value, error, "item"),
          {
            program: found.program,
            procedure: found.procedure,
            remote: outer.remote,
            xid: new DataView(message.buffer, message.byteOffset).getUint32(0),
          },
        );
      // The result is kept instead of encoded.
      const codec: XdrType<unknown> = {
        ...found.procedure.result,
        encode: (_out, value) => {
          result = value;
        },
      };
      const kept = (...given: unknown[]): unknown => {
        const call = given.pop() as Call;
        const items = (sourceOf(method) ?? method).call(found.implementation, ...given, streamedCall(call, stream));
        return { items: itemsOf(items) };
      };
      return { ...found, method: kept, procedure: { ...found.procedure, result: codec } };
    };
    const reply = await this.#server.answerWithin({ outer, message, codecs: { served } });
    if (reply === undefined) throw refuse("RPC_SYSTEM_ERR");
    if (!isSuccess(reply) || result === undefined) return reply as Uint8Array<ArrayBuffer>;
    stream.begin((result as { items: AsyncGenerator<unknown> }).items);
    return undefined;
  }

  #lease(stream: ServedStream): void {
    if (!stream.isLeased) return;
    systemClock.clearTimeout(stream.timer);
    const timer: Timer = systemClock.setTimeout(() => stream.end(), lease);
    timer.unref();
    stream.timer = timer;
  }

  #forget(peer: Channel, key: string): void {
    const own = this.#streams.get(peer);
    if (own?.delete(key) && own.size === 0) this.#streams.delete(peer);
  }

  #hasRoomOn(own: ReadonlyMap<string, ServedStream>): boolean {
    const most = this.#limits.streamsPerConnection;
    return own.size < most || [...own.values()].filter(({ isWaiting }) => !isWaiting).length < most;
  }

  #hasRoomFor(host: string, leasedBytes: number): boolean {
    return this.#perHost.hasRoomFor(host) && (leasedBytes === 0 || this.#leasedBytes.hasRoomFor(host, leasedBytes));
  }

  #count(host: string, streams: number, leasedBytes: number): void {
    this.#perHost.add(host, streams);
    this.#leasedBytes.add(host, leasedBytes);
  }

  #endAll(): void {
    this.#isClosing = true;
    for (const own of this.#streams.values()) for (const stream of own.values()) stream.end();
  }
}

/** A stream that its reader has ended, and whose generator is being finished: its place is free in a moment. */
function firstEnding(own: ReadonlyMap<string, ServedStream>): ServedStream | undefined {
  for (const stream of own.values()) if (stream.isOver && !stream.isWaiting) return stream;
  return undefined;
}

/** Whether a stream enters now, or after streams that are being finished. */
async function entersSoon(own: ReadonlyMap<string, ServedStream>, enter: () => boolean): Promise<boolean> {
  const until = systemClock.now() + patience;
  while (!enter()) {
    const ending = firstEnding(own);
    const left = until - systemClock.now();
    if (ending === undefined || left <= 0) return false;
    await waitAtMost(left, ending.ended);
  }
  return true;
}

const keyOf = (id: Uint8Array): string => Buffer.from(id).toString("latin1");

/** The call as its generator sees it: the signal is that of the stream. */
function streamedCall(call: Call, stream: ServedStream): Call {
  const { program, procedure, args, remote, options, values, identity, peer, transaction, progress } = call;
  const facts = { program, procedure, args, remote, options, values, transaction, signal: stream.signal };
  return { ...facts, ...(identity && { identity }), ...(peer && { peer }), ...(progress && { progress }) };
}

function encoder(type: XdrType<unknown>): (item: unknown) => Uint8Array<ArrayBuffer> {
  const out = new XdrWriter();
  return (item) => {
    out.reset();
    type.encode(out, item);
    return out.toBytes() as Uint8Array<ArrayBuffer>;
  };
}
