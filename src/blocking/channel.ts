// Carries calls one at a time, and blocks the thread until each has its reply. The steps are those of peer/exchange.ts:
// connect, xid, seal, send, repeat on unreliable connections, open, decode; errors are those of peer/failures.ts.

import { authNone } from "../auth/none.js";
import { backoffDelay, defaultBackoff } from "../base/backoff.js";
import { systemClock } from "../base/clock.js";
import { cancelled, disconnected, notConnected, placeOf, timedOut } from "../peer/failures.js";
import { warnOfLeftOver } from "../peer/late-failures.js";
import type { OnLeftOver } from "../peer/left-over-warning.js";
import {
  type Outcome,
  type PlainCall,
  type ReadingOptions,
  readOutcome,
  refuseSessions,
  refuseUnprepared,
  unsent,
  writePlainCall,
} from "../peer/plain-call.js";
import { defaultRetransmit, type RetransmitPolicy, retransmitDelay } from "../peer/retransmit.js";
import type { ChannelCall, ClientAuth } from "../rpc/call.js";
import { RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import { AcceptStat, emptyReplyMessage, MessageType, randomXid, writePlainReplyHeader } from "../rpc/header.js";
import type { Address } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";
import type { XdrLimits } from "../xdr/limits.js";
import { type Forgiven, XdrReader } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";
import { headroom, type Wire } from "./wire.js";

export interface ChannelOptions {
  /** The target as the caller wrote it, for messages. */
  readonly target: string;
  readonly remote: Address;
  /** Milliseconds that a call may take. */
  readonly timeout: number;
  readonly connectTimeout: number;
  readonly auth: ClientAuth | undefined;
  readonly retransmit: Partial<RetransmitPolicy> | undefined;
  readonly limits: XdrLimits;
  readonly decodedBytes: number;
  readonly lenient: ((what: Forgiven, offset: number) => void) | undefined;
  readonly onLeftOver: OnLeftOver | undefined;
  readonly strict: boolean;
}

/** A connection, and the state that credentials keep for it. */
interface Line {
  readonly wire: Wire;
  readonly auths: Map<ClientAuth, ClientAuth>;
  /** Milliseconds on the clock: the last time that anything was received. */
  heard: number;
}

/** One call. `outcome` is set once. */
class Attempt implements PlainCall {
  xid = 0;
  transmissions = 0;
  readonly sealed: unknown[] = [];
  outcome: Outcome | undefined;
  readonly request: ChannelCall;
  readonly line: Line;
  readonly auth: ClientAuth;

  constructor(request: ChannelCall, line: Line, auth: ClientAuth) {
    this.request = request;
    this.line = line;
    this.auth = auth;
  }

  get remote(): Address {
    return this.line.wire.info.remote;
  }

  get reliable(): boolean {
    return this.line.wire.info.reliable;
  }
}

/** Writers that have grown beyond this many bytes are not kept. */
const keptCapacity = 1_048_576;
/** Milliseconds. A connection that was used a shorter time ago is used again without looking whether it has ended. */
const freshTime = 1;

export class BlockingChannel {
  readonly #options: ChannelOptions;
  readonly #open: (time: number, patience: number) => Wire;
  readonly #retransmit: RetransmitPolicy;
  readonly #reading: ReadingOptions;
  readonly #reader: XdrReader;
  readonly #reply = emptyReplyMessage();
  #out = new XdrWriter();
  #line: Line | undefined;
  #nextXid = randomXid();
  #attempt: Attempt | undefined;
  #closed = false;
  /** A call is being made: its writer and reader are in use. */
  #busy = false;

  /** `open` connects within `time` milliseconds, or throws a TransportError or an RpcError. The call has `patience` milliseconds left. */
  constructor(open: (time: number, patience: number) => Wire, options: ChannelOptions) {
    this.#open = open;
    this.#options = options;
    this.#retransmit = { ...defaultRetransmit, ...options.retransmit };
    const { limits, lenient, decodedBytes } = options;
    this.#reading = {
      decodedBytes,
      onLeftOver: options.strict ? undefined : (options.onLeftOver ?? warnOfLeftOver()),
    };
    this.#reader = new XdrReader(undefined, lenient === undefined ? { limits } : { limits, lenient });
  }

  get remote(): Address {
    return this.#line?.wire.info.remote ?? this.#options.remote;
  }

  /** @throws RpcError and its kinds, as the asynchronous channels. */
  call(request: ChannelCall): unknown {
    const { timeout = this.#options.timeout, semantics } = request.options;
    const until = systemClock.now() + timeout;
    refuseSessions(request);
    for (let failures = 1; ; failures++) {
      try {
        return this.#callOnce(request, timeout, until);
      } catch (error) {
        const mayRepeat = semantics === "at-least-once" && error instanceof RpcDisconnected && !this.#closed;
        const wait = backoffDelay(defaultBackoff, failures, systemClock.random());
        if (!mayRepeat || systemClock.now() + wait >= until) throw error;
        sleep(wait);
      }
    }
  }

  /** Closes the connection. Later calls fail with RpcDisconnected. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #callOnce(request: ChannelCall, timeout: number, until: number): unknown {
    if (this.#busy)
      throw new Error("this blocking client is in the middle of a call: credentials and callbacks need another client");
    this.#busy = true;
    try {
      return this.#begin(request, timeout, until);
    } finally {
      this.#busy = false;
      this.#attempt = undefined;
      if (this.#out.buffer.length > keptCapacity) this.#out = new XdrWriter();
    }
  }

  #begin(request: ChannelCall, timeout: number, until: number): unknown {
    if (this.#closed) throw notConnected(request, this.remote);
    const line = this.#connected(request, timeout, until);
    const attempt = new Attempt(request, line, this.#authOn(line, request.options.auth));
    const { signal } = request.options;
    if (signal?.aborted) throw cancelled(attempt, signal.reason);
    attempt.xid = this.#nextXid = (this.#nextXid + 1) >>> 0;
    const message = this.#write(attempt);
    this.#send(attempt, message, until);
    if (request.procedure.oneWay) return undefined;
    return this.#await(attempt, message, timeout, until);
  }

  /** @throws RpcError, also if the time was up before the connection was there: then nothing is sent. */
  #connected(request: ChannelCall, timeout: number, until: number): Line {
    const known = this.#line;
    const now = systemClock.now();
    if (known !== undefined && (now - known.heard < freshTime || !known.wire.hasEnded())) return known;
    this.#drop();
    const place = { ...placeOf(request, this.#options.remote), peer: this.#options.target };
    const facts = { place, mayHaveRun: false };
    try {
      const wire = this.#open(Math.max(1, Math.min(this.#options.connectTimeout, until - now)), until - now);
      this.#line = { wire, auths: new Map(), heard: systemClock.now() };
    } catch (cause) {
      if ((cause as TransportError).code === "TRANSPORT_TIMEOUT") {
        const isCalls = systemClock.now() >= until;
        const message = isCalls ? `no connection within ${Math.ceil(timeout)} ms` : (cause as Error).message;
        throw new RpcTimeout(message, { ...facts, cause });
      }
      if (cause instanceof RpcError) throw cause;
      throw new RpcDisconnected(
        `cannot connect: ${(cause as Error).message}`.replace(/^cannot connect: (?=cannot)/, ""),
        {
          ...facts,
          cause,
        },
      );
    }
    if (systemClock.now() < until) return this.#line;
    throw new RpcTimeout(`no connection within ${Math.ceil(timeout)} ms`, facts);
  }

  #drop(): void {
    this.#line?.wire.close();
    this.#line = undefined;
  }

  #authOn({ auths }: Line, given: ClientAuth | undefined): ClientAuth {
    const auth = given ?? this.#options.auth ?? noCredential;
    if (auth.fixed !== undefined) return auth;
    refuseUnprepared(auth);
    const known = auths.get(auth);
    if (known !== undefined) return known;
    const own = auth.forConnection?.() ?? auth;
    auths.set(auth, own);
    return own;
  }

  /** Header, credential and arguments, after the room for the wire. */
  #write(attempt: Attempt): Uint8Array {
    const { line } = attempt;
    const out = this.#out;
    out.rewind(0);
    out.reserve(headroom);
    writePlainCall(out, attempt);
    const length = out.offset - headroom;
    const { maxMessage } = line.wire.info;
    if (length > maxMessage) {
      const message = `a message of ${length} bytes is too long: at most ${maxMessage} fit (maxMessage)`;
      throw unsent(attempt, new TransportError("TRANSPORT_MESSAGE_TOO_LONG", message));
    }
    return out.buffer.subarray(0, out.offset);
  }

  #send(attempt: Attempt, message: Uint8Array, until: number): void {
    try {
      attempt.line.wire.send(message, until - systemClock.now());
      attempt.transmissions++;
      attempt.line.wire.unanswered++;
    } catch (error) {
      this.#drop();
      throw unsent(attempt, error);
    }
  }

  /** Steps 4 to 7. */
  #await(attempt: Attempt, first: Uint8Array, timeout: number, until: number): unknown {
    this.#attempt = attempt;
    const { line } = attempt;
    const repeats = !attempt.reliable && attempt.request.options.semantics !== "maybe";
    let message = first;
    let heardNothing = true;
    let alarm = repeats ? this.#alarm(attempt, until) : until;
    while (attempt.outcome === undefined) {
      const now = systemClock.now();
      if (now >= until) {
        // As in peer/exchange.ts: the connection may be dead. After a timeout a datagram's server may have another port.
        if (heardNothing || !attempt.reliable) this.#drop();
        throw timedOut(attempt, timeout);
      }
      if (now >= alarm) {
        if (attempt.auth.fixed === undefined) message = this.#write(attempt);
        this.#send(attempt, message, until);
        alarm = this.#alarm(attempt, until);
      }
      try {
        if (line.wire.receive(alarm - systemClock.now(), this.#receive)) heardNothing = false;
      } catch (error) {
        this.#drop();
        // Which datagram was refused is certain only if all others were answered, as in peer.ts.
        const isOnlyOne = attempt.transmissions === 1 && line.wire.unanswered === 1;
        throw disconnected(attempt, error, isOnlyOne && (error as TransportError).code === "TRANSPORT_REFUSED");
      }
    }
    line.heard = systemClock.now();
    if ("value" in attempt.outcome) return attempt.outcome.value;
    throw attempt.outcome.error;
  }

  #alarm({ transmissions }: Attempt, until: number): number {
    return Math.min(until, systemClock.now() + retransmitDelay(this.#retransmit, transmissions));
  }

  readonly #receive = (bytes: Uint8Array, start: number, end: number, owned: boolean): void => {
    const attempt = this.#attempt;
    if (attempt === undefined || attempt.outcome !== undefined || end - start < 8) return;
    const from = this.#reader;
    from.reset(bytes, start, end, owned);
    const type = from.view.getUint32(start + 4);
    if (type === MessageType.CALL) this.#refuse(attempt, from.view.getUint32(start));
    else if (type === MessageType.REPLY && from.view.getUint32(start) === attempt.xid) {
      this.#settle(attempt, from);
      if (attempt.outcome !== undefined) attempt.line.wire.unanswered--;
    }
    if (owned) from.reset(new Uint8Array());
  };

  /** A call in the other direction: nothing is served here. */
  #refuse(attempt: Attempt, xid: number): void {
    const { wire } = attempt.line;
    const out = new XdrWriter({ capacity: 64 });
    out.reserve(headroom);
    writePlainReplyHeader(out, xid, AcceptStat.PROG_UNAVAIL);
    // Nobody answers it, and over datagrams it may be what is refused later.
    wire.unanswered++;
    try {
      wire.answer(out.buffer.subarray(0, out.offset));
    } catch (error) {
      this.#drop();
      attempt.outcome = { error: disconnected(attempt, error) };
    }
  }

  #settle(attempt: Attempt, from: XdrReader): void {
    try {
      attempt.outcome = readOutcome(attempt, from, this.#reply, this.#reading);
    } catch (error) {
      // Over datagrams it may be forged or damaged, so the real reply may still arrive.
      if (attempt.reliable) attempt.outcome = { error };
    }
  }
}

const noCredential = authNone();

/** Blocks the thread. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
