// Calls to a server of the same process, without a socket: each call is a message that the server answers as one that came
// over a connection, with its authentication, limits, interceptors and refusals. A handler that is not async is called
// before `call` returns. Loaded with the first local call.
import { authNone } from "../auth/none.js";
import { waitFor } from "../base/wait.js";
import { cancelled, disconnected, notConnected, timedOut } from "../peer/failures.js";
import { warnOfLeftOver } from "../peer/late-failures.js";
import { defaultTimeout, type PeerOptions } from "../peer/peer.js";
import {
  type PlainCall,
  type ReadingOptions,
  readOutcome,
  refuseSessions,
  refuseUnprepared,
  writePlainCall,
} from "../peer/plain-call.js";
import { defaultDecodedBytes } from "../peer/reply.js";
import type { Channel, ChannelCall, ClientAuth, IncomingCall } from "../rpc/call.js";
import { RpcRefused } from "../rpc/errors.js";
import { emptyReplyMessage, randomXid } from "../rpc/header.js";
import type { Address } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";
import { defaultLimits, type XdrLimits } from "../xdr/limits.js";
import { XdrReader } from "../xdr/reader.js";
import { resetToCopy } from "../xdr/short-message.js";
import { XdrWriter } from "../xdr/writer.js";
import { type DirectCall, DirectCalls, notEncoded } from "./direct-calls.js";
import type { Server } from "./server.js";
import { ValuesAside } from "./values-aside.js";
import type { ReplyWithin, Within } from "./within.js";

export interface LocalOptions extends Pick<PeerOptions, "lenient" | "onLeftOver" | "strict"> {
  /** Milliseconds. Default 30,000. */
  readonly timeout?: number | undefined;
  readonly auth?: ClientAuth | undefined;
  /** False: arguments and results are handed over as they are, not encoded. Default true. */
  readonly encode?: boolean | undefined;
  readonly limits?: (Partial<XdrLimits> & { readonly decodedBytes?: number }) | undefined;
  /** Serves the calls that handlers make back. */
  readonly callbacks?: Server | undefined;
}

const local: Address = Object.freeze({ kind: "memory", name: "server" });

/** After this many calls in a row that were answered at once, a turn of the event loop: timers and sockets come first. */
const mostAtOnce = 1_000;

/** A longer message is copied for each call: the server may keep it until the call has ended. */
const shortMessage = 512;
const keptCapacity = 65_536;

/** A channel to a server of this process. Closing it does not close the server. */
export function localChannel(server: Server, options: LocalOptions = {}): Channel {
  return new LocalChannel(server, options);
}

class LocalChannel implements Channel {
  readonly remote = local;
  readonly #server: Server;
  readonly #options: LocalOptions;
  /** Values that are not encoded, of calls that are messages. */
  readonly aside: ValuesAside | undefined;
  /** Calls without a credential whose values are not encoded. Set by the first call. */
  #direct: DirectCalls | undefined;
  readonly #meet: ((within: Within) => void) | undefined;
  readonly #reader: XdrReader;
  readonly #room = new Uint8Array(shortMessage);
  readonly #reply = emptyReplyMessage();
  readonly #reading: ReadingOptions;
  readonly #running = new Set<Promise<unknown>>();
  readonly #outer: IncomingCall;
  #out = new XdrWriter();
  #xid = randomXid();
  #atOnce = 0;
  /** The server has loaded the code for calls without a connection: it then reads a message before `answerWithin` returns. */
  #isReady = false;
  #closedBy: { readonly reason: unknown } | undefined;
  readonly #waiting = new Set<(reason: unknown) => void>();

  constructor(server: Server, options: LocalOptions) {
    this.#server = server;
    this.#options = options;
    const { lenient, onLeftOver, strict } = options;
    const { decodedBytes = defaultDecodedBytes, ...given } = options.limits ?? {};
    const limits = { ...defaultLimits, ...given };
    this.#reader = new XdrReader(undefined, lenient === undefined ? { limits } : { limits, lenient });
    this.#reading = { decodedBytes, onLeftOver: strict === true ? undefined : (onLeftOver ?? warnOfLeftOver()) };
    if (options.encode === false) {
      this.aside = new ValuesAside();
      this.#meet = (within) => {
        this.#direct ??= new DirectCalls(within, this.#outer);
      };
    }
    const peer = options.callbacks === undefined ? nothingServed : new LocalChannel(options.callbacks, {});
    // Only the server's side of the connection is used of it.
    this.#outer = { remote: local, peer } as IncomingCall;
  }

  call(request: ChannelCall): Promise<unknown> {
    try {
      return this.#begin(request);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async close(): Promise<void> {
    this.#closedBy ??= { reason: undefined };
    await Promise.allSettled(this.#running);
  }

  /** The handlers that run continue; their callers get RpcDisconnected. */
  destroy(reason?: Error): void {
    this.#closedBy ??= { reason };
    for (const fail of this.#waiting) fail(reason);
  }

  #begin(request: ChannelCall): Promise<unknown> {
    if (this.#closedBy !== undefined) throw notConnected(request, local, this.#closedBy.reason);
    if (this.#server.closing) throw notConnected(request, local, serverClosed);
    refuseSessions(request);
    const auth = request.options.auth ?? this.#options.auth ?? noCredential;
    const { signal } = request.options;
    const xid = this.#nextXid();
    if (this.#direct !== undefined && auth === noCredential && !signal?.aborted) {
      const call = this.#direct.begin(request, xid);
      if (call !== undefined) return this.#follow(request, call, xid);
    }
    const call = this.#newCall(request, auth, xid);
    if (signal?.aborted) throw cancelled(call, signal.reason);
    const message = this.#write(call);
    call.transmissions = 1;
    const kept = this.aside?.last;
    const reply = this.#server.answerWithin({ outer: this.#outer, message, codecs: this.aside, meet: this.#meet });
    if (reply instanceof Uint8Array) {
      this.#isReady = true;
      this.#release(kept);
      return this.#answeredAtOnce(this.#read(call, reply));
    }
    return this.#later(
      call,
      Promise.resolve(reply).finally(() => this.#release(kept)),
    );
  }

  /** A call that has begun without a message. */
  #follow(request: ChannelCall, direct: DirectCall, xid: number): Promise<unknown> {
    const reply = direct.outcome();
    if (reply === notEncoded) return this.#answeredAtOnce(direct.result);
    const call = { ...this.#newCall(request, noCredential, xid), transmissions: 1, direct };
    if (reply instanceof Uint8Array) return this.#answeredAtOnce(this.#read(call, reply));
    return this.#later(call, Promise.resolve(reply));
  }

  #later(call: LocalCall, replied: Promise<ReplyWithin>): Promise<unknown> {
    if (call.request.procedure.oneWay) return replied.then(() => undefined);
    return this.#keep(this.#wait(call, replied));
  }

  /** Drops arguments that the server has not taken. */
  #release(kept: number | undefined): void {
    if (kept !== undefined) this.aside?.drop(kept);
  }

  #nextXid(): number {
    this.#xid = (this.#xid + 1) >>> 0;
    return this.#xid;
  }

  #newCall(request: ChannelCall, auth: ClientAuth, xid: number): LocalCall {
    if (auth.fixed === undefined) refuseUnprepared(auth);
    const aside = this.aside;
    const own = aside === undefined ? request : { ...request, procedure: aside.of(request.procedure) };
    return { request: own, auth, sealed: [], xid, transmissions: 0, remote: local, reliable: true };
  }

  #write(call: PlainCall): Uint8Array {
    const out = this.#out;
    out.rewind(0);
    writePlainCall(out, call);
    if (this.#isReady && out.offset <= shortMessage) return out.buffer.subarray(0, out.offset);
    const bytes = out.toBytes();
    if (out.buffer.length > keptCapacity) this.#out = new XdrWriter();
    return bytes;
  }

  #answeredAtOnce(value: unknown): Promise<unknown> {
    if (++this.#atOnce < mostAtOnce) return Promise.resolve(value);
    this.#atOnce = 0;
    return new Promise((resolve) => setImmediate(resolve, value));
  }

  /** @throws RpcError */
  #read(call: LocalCall, reply: Uint8Array): unknown {
    if (reply === notEncoded) return call.direct?.result;
    const from = this.#reader;
    // Copying a short reply costs less than views of it.
    if (reply.length <= shortMessage) resetToCopy(from, reply, this.#room);
    else from.reset(reply, 0, reply.length, true);
    const outcome = readOutcome(call, from, this.#reply, this.#reading);
    if ("value" in outcome) return outcome.value;
    throw outcome.error;
  }

  async #wait(call: LocalCall, reply: Promise<ReplyWithin>): Promise<unknown> {
    const { signal, timeout = this.#options.timeout ?? defaultTimeout, background } = call.request.options;
    let fail = (_reason: unknown): void => {};
    const answered = new Promise<Uint8Array>((resolve, reject) => {
      fail = (reason) => reject(disconnected(call, reason ?? channelClosed));
      this.#waiting.add(fail);
      // Without a reply the caller waits until its deadline.
      reply.then((bytes) => bytes !== undefined && resolve(bytes), reject);
    });
    try {
      const bytes = await waitFor(answered, {
        timeout,
        signal,
        background,
        onTimeout: () => timedOut(call, timeout),
        onAbort: (reason) => cancelled(call, reason),
      });
      return this.#read(call, bytes);
    } catch (error) {
      if (this.aside !== undefined)
        reply.then(
          (late) => late !== undefined && this.#discard(call, late),
          () => {},
        );
      throw error;
    } finally {
      this.#waiting.delete(fail);
    }
  }

  /** Reads a reply whose call has ended already, so that its result is not kept. */
  #discard(call: LocalCall, reply: Uint8Array): void {
    try {
      this.#read(call, reply);
    } catch {
      // A refusal.
    }
  }

  #keep(work: Promise<unknown>): Promise<unknown> {
    const settled: Promise<unknown> = work.then(
      () => this.#running.delete(settled),
      () => this.#running.delete(settled),
    );
    this.#running.add(settled);
    return work;
  }
}

type LocalCall = PlainCall & { transmissions: number; readonly direct?: DirectCall };

const noCredential = authNone();
const serverClosed = new TransportError("TRANSPORT_CLOSED", "the server of this process was closed");
const channelClosed = new TransportError("TRANSPORT_CLOSED", "the client was closed");

/** The caller of a handler that serves no calls back. */
const nothingServed: Channel = {
  remote: local,
  async call({ program, procedure }) {
    const message = `PROG_UNAVAIL: the caller does not serve program 0x${program.number.toString(16)} (options.callbacks)`;
    const place = { program: program.name, version: program.version, procedure: procedure.name, peer: "memory:server" };
    throw new RpcRefused("RPC_PROG_UNAVAIL", message, { place, mayHaveRun: false });
  },
  async close() {},
  destroy() {},
};
