// Calls that arrive as messages within other calls: each is served as one that came over the connection of the outer call, and its
// reply is handed back instead of sent.

import type { Admitted, CallHeader } from "../rpc/auth.js";
import type { IncomingCall, Transaction } from "../rpc/call.js";
import type { netidOf } from "../transport/address.js";
import type { Connection, ConnectionInfo, MessageWriter } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import type { XdrReader, XdrReaderOptions } from "../xdr/reader.js";
import { resetToCopy } from "../xdr/short-message.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { Callers } from "./caller-key.js";
import type { Service } from "./conversation.js";
import type { receive } from "./dispatcher.js";
import type { RefusedCall } from "./options.js";
import type { ServedProcedure } from "./programs.js";
import { provedBy } from "./proved.js";
import type { CallFlow, Reception } from "./reception.js";
import type { sendRefusal } from "./replies.js";
import type { decode } from "./running.js";
import type { ServerCall, writeReply } from "./server-call.js";

/**
 * The parts of the server that this file uses. They are passed in: if it imported them, esbuild would cut what a server loads at its
 * start into more files.
 */
export interface WithinParts {
  readonly receive: typeof receive;
  readonly decode: typeof decode;
  readonly sendRefusal: typeof sendRefusal;
  readonly writeReply: typeof writeReply;
  readonly netidOf: typeof netidOf;
  readonly Callers: typeof Callers;
  readonly XdrReader: typeof XdrReader;
  readonly XdrWriter: typeof XdrWriter;
}

/** Replaces the codecs of procedures. */
export interface Codecs {
  served(procedure: ServedProcedure): ServedProcedure;
}

/** One call within another. */
export interface CallWithin {
  /** The outer call. */
  readonly outer: IncomingCall;
  /** The whole CALL message. Not changed, and not kept after the reply. */
  readonly message: Uint8Array;
  /** The inner call's `call.transaction`. */
  readonly transaction?: Transaction | undefined;
  /** Decode the arguments and encode the result, in place of the procedure's own. */
  readonly codecs?: Codecs | undefined;
  /** Gets what serves the call, which may serve others without a message. */
  readonly meet?: ((within: Within) => void) | undefined;
  /** Called once: returns a function that may answer further calls of the outer call's procedure before their arguments are decoded. */
  readonly takeOver?: ((within: Within, served: ServedProcedure) => NonNullable<ServedProcedure["take"]>) | undefined;
  /** The reply is to travel in a message: one that is longer than `limits.maxMessage` allows becomes SYSTEM_ERR. Default: any length. */
  readonly isSent?: boolean;
}

/** The whole REPLY message; undefined if the call gets none: a handler threw `silence()`, or it is one-way. */
export type ReplyWithin = Uint8Array | undefined;

/** The calls within others of one server. */
export class Within {
  readonly service: Service;
  readonly parts: WithinParts;
  readonly message: Reception["message"];
  readonly watched = new Set<ServerCall>();
  readonly answering = new Set<number>();
  readonly #reader: XdrReader;
  readonly #room = new Uint8Array(shortMessage);
  readonly #writer: XdrWriter;
  /** Called when the server closes, which waits for the result: for calls that outlive their connections. */
  idle: () => unknown = () => undefined;
  #lastPeer: IncomingCall["peer"] | undefined;
  #lastInfo: ConnectionInfo | undefined;
  #lastSecurity: IncomingCall["security"];
  #lastAuth: Service["auth"] | undefined;

  /** `message` is overwritten by each call. */
  constructor(service: Service, reading: XdrReaderOptions, message: Reception["message"], parts: WithinParts) {
    this.service = service;
    this.parts = parts;
    this.message = message;
    this.#reader = new parts.XdrReader(undefined, reading);
    this.#writer = new parts.XdrWriter();
  }

  /** Returns a promise only if the handler takes time. */
  answer(given: CallWithin): ReplyWithin | Promise<ReplyWithin> {
    const { outer, message, transaction, codecs, meet, takeOver, isSent } = given;
    meet?.(this);
    if (takeOver !== undefined) this.#letTakeOver(outer, takeOver);
    const call = new InnerCall(this, outer.remote, outer.peer, transaction, codecs);
    if (isSent) call.longest = this.service.limits.maxMessage - envelope;
    const from = this.#reader;
    // Copying a short message costs less than views of it.
    if (message.length <= shortMessage) resetToCopy(from, message, this.#room);
    else from.reset(message);
    this.serve(call, from);
    if (message.length > shortMessage) from.reset(new Uint8Array());
    return call.outcome();
  }

  #letTakeOver({ program, procedure }: IncomingCall, takeOver: NonNullable<CallWithin["takeOver"]>): void {
    const served = this.service.programs.find(program.number, program.version, procedure.number);
    if (!("kind" in served)) served.take ??= takeOver(this, served);
  }

  /** Serves the inner call whose message `from` has. It is answered now or later. */
  serve(call: InnerCall, from: XdrReader): void {
    try {
      this.parts.receive(call, from);
    } catch (error) {
      this.#threw(call, error);
    }
  }

  /** Serves an inner call whose procedure and caller are known: `from` is at its arguments, and `message` has its transaction id. */
  serveFound(call: InnerCall, found: FoundCall, from: XdrReader): void {
    const { message } = this;
    message.program = found.program;
    message.version = found.version;
    message.procedure = found.procedure;
    try {
      this.parts.decode(call, message, found.served, found.admitted, from, undefined);
    } catch (error) {
      this.#threw(call, error);
    }
  }

  // A flavour threw: answer, so that the caller does not wait for its timeout.
  #threw(call: InnerCall, error: unknown): void {
    call.failed(error);
    this.parts.sendRefusal(call, this.message.xid, undefined, { kind: "system-error" });
  }

  /** The connection of the outer call, as handlers of inner calls see it. */
  infoOf(remote: IncomingCall["remote"], peer: IncomingCall["peer"]): ConnectionInfo {
    if (this.#lastInfo !== undefined && this.#lastPeer === peer) return this.#lastInfo;
    const { local = remote, handle } = peer;
    const maxMessage = Number.MAX_SAFE_INTEGER;
    this.#lastPeer = peer;
    this.#lastInfo = { netid: this.parts.netidOf(remote), local, remote, reliable: true, maxMessage, handle };
    return this.#lastInfo;
  }

  /** The flavours of inner calls: the certificate of the connection proves the same of them. */
  authOver({ security }: IncomingCall["peer"]): Service["auth"] {
    const { auth } = this.service;
    if (security === undefined) return auth;
    if (this.#lastAuth === undefined || this.#lastSecurity !== security) {
      this.#lastSecurity = security;
      this.#lastAuth = provedBy(security, auth);
    }
    return this.#lastAuth;
  }

  /** Writes a message into new bytes. */
  written<T>(write: MessageWriter<T>, value: T): Uint8Array {
    const out = this.#writer;
    try {
      write(out, value);
      return out.toBytes();
    } finally {
      out.reset();
      if (out.buffer.length > mostScratch) out.replaceBuffer(Buffer.allocUnsafeSlow(1024));
    }
  }
}

/** A call that has passed the steps 1 to 3 of dispatcher.ts. */
export interface FoundCall {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly served: ServedProcedure;
  readonly admitted: Admitted;
}

/** Bytes of the message around an inner reply, at most: headers, verifiers, and what its session or ticket adds. */
const envelope = 1_024;

function tooLong(length: number, limit: number): TransportError {
  const message = `a reply of ${length} bytes is too long: at most ${limit} can be sent within a message (limits.maxMessage)`;
  return new TransportError("TRANSPORT_MESSAGE_TOO_LONG", message);
}

/** Messages of at most this number of bytes are copied into one buffer, which costs less than views of each. */
const shortMessage = 512;

/** A writer that has grown beyond this number of bytes releases its memory. */
const mostScratch = 65_536;

/** One call, with a connection that takes its reply. */
export class InnerCall implements Reception, Connection, CallFlow {
  readonly finishing = undefined;
  isMute = false;
  readonly replyCache = undefined;
  /** The most bytes that its reply may have. */
  longest = Number.POSITIVE_INFINITY;
  readonly #transaction: Transaction | undefined;
  readonly remote: IncomingCall["remote"];
  readonly channel: IncomingCall["peer"];
  readonly #codecs: CallWithin["codecs"];
  readonly #within: Within;
  #reply: Uint8Array | undefined;
  #running = 0;
  #resolve: ((reply: ReplyWithin) => void) | undefined;

  constructor(
    within: Within,
    remote: IncomingCall["remote"],
    channel: IncomingCall["peer"],
    transaction?: Transaction,
    codecs?: CallWithin["codecs"],
  ) {
    this.remote = remote;
    this.channel = channel;
    this.#codecs = codecs;
    this.#within = within;
    this.#transaction = transaction;
  }

  get transaction(): Transaction | undefined {
    return this.#transaction;
  }

  get writeReply(): typeof writeReply {
    return this.#within.parts.writeReply;
  }

  outcome(): ReplyWithin | Promise<ReplyWithin> {
    if (this.#reply !== undefined || this.#running === 0) return this.#reply;
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  send<T>(write: MessageWriter<T>, value: T): boolean {
    const reply = this.written(write, value);
    if (reply.length > this.longest) throw tooLong(reply.length, this.longest);
    this.#reply = reply;
    this.#resolve?.(this.#reply);
    return true;
  }

  protected written<T>(write: MessageWriter<T>, value: T): Uint8Array {
    return this.#within.written(write, value);
  }

  // Why the inner call is refused. The connection's limits already count the outer call, so only the server's limits are checked.
  refusal(bytes: number): string | undefined {
    const { budget } = this.#within.service;
    if (budget.hasRoomFor(bytes, bytes)) return undefined;
    return `${budget.calls} calls of this server run already and hold ${budget.bytes} bytes (limits.totalCallsInFlight, limits.totalBytes)`;
  }

  lateRefusal(expected: number): string | undefined {
    if (this.#within.service.budget.hasRoomForReply(expected)) return undefined;
    return "it ran, but there is no room for its reply (limits.totalBytes)";
  }

  begin(bytes = 0): void {
    this.#running++;
    this.#within.service.budget.add(1, bytes);
  }

  end(bytes = 0): void {
    this.#within.service.budget.add(-1, -bytes);
    // The handler has ended without a reply.
    if (--this.#running === 0) this.#resolve?.(this.#reply);
  }

  delay(work: Promise<unknown>, bytes?: number): void {
    this.begin(bytes);
    work.then(() => this.end(bytes));
  }

  get connection(): Connection {
    return this;
  }

  get flow(): CallFlow {
    return this;
  }

  get info(): ConnectionInfo {
    return this.#within.infoOf(this.remote, this.channel);
  }

  get message(): Within["message"] {
    return this.#within.message;
  }

  get programs(): Reception["programs"] {
    const { programs } = this.#within.service;
    const codecs = this.#codecs;
    if (codecs === undefined) return programs;
    return {
      find(program, version, number) {
        const found = programs.find(program, version, number);
        return "kind" in found ? found : codecs.served(found);
      },
    };
  }

  get auth(): Service["auth"] {
    return this.#within.authOver(this.channel);
  }

  get scratch(): XdrWriter {
    return this.#within.service.scratch;
  }

  get callers(): Callers {
    return new this.#within.parts.Callers(this.remote, this.info.netid);
  }

  get answering(): Set<number> {
    return this.#within.answering;
  }

  get watched(): Set<ServerCall> {
    return this.#within.watched;
  }

  repeated(_header: CallHeader): void {}
  congested(): void {}

  // A message that is too short for a call gets no reply.
  malformed(): void {}

  refused(call: RefusedCall): void {
    this.#within.service.refused(call);
  }

  failed(error: unknown, call?: ServerCall): void {
    if (call?.event !== undefined) call.event.error ??= error;
    this.#within.service.failed(error, call);
  }

  overLimit(error: TransportError): void {
    this.#within.service.overLimit(error, this.remote);
  }

  open(): void {}
  pause(): void {}
  resume(): void {}
  destroy(): void {}
  async close(): Promise<void> {}
}
