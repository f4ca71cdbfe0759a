// One call from its xid to its verified reply:
//   1 begin      an xid, the deadline, the caller's signal       4 repeat   unreliable connections only, same xid
//   2 seal       header, credential, verifier, arguments         5 wait
//   3 send       straight into the connection's output           6 open, 7 decode: see reply.ts
// It ends once, by whatever comes first: reply, failure to send, deadline, signal, end of the connection.

import { listenForAbort } from "../base/abort.js";
import type { BodyWriter, ClientAuth } from "../rpc/auth.js";
import type { ChannelCall } from "../rpc/call.js";
import { writeAuthWords, writeCallHeader } from "../rpc/header.js";
import type { Address } from "../transport/address.js";
import type { Budget } from "../transport/budget.js";
import type { Connection } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import { XdrWriter } from "../xdr/writer.js";
import { Alarm, type Deadlines } from "./deadlines.js";
import { clientRetransmit } from "./diagnostics.js";
import { cancelled, type FailedCall, noRoom, notSent, timedOut, tooMany } from "./failures.js";
import type { OnLeftOver } from "./left-over.js";
import type { PendingCalls } from "./pending-calls.js";
import { type RetransmitPolicy, retransmitDelay } from "./retransmit.js";
import type { PeerStats } from "./stats.js";

/** A credential on one connection. */
export interface AuthSession {
  readonly auth: ClientAuth;
  /** Calls may go out. */
  prepared: boolean;
  preparing?: Promise<void>;
}

/** State that all exchanges of one connection share. */
export interface ExchangeContext {
  readonly connection: Connection;
  /** Arguments that are kept, and calls that wait to leave, count in it. */
  readonly budget: Budget;
  /** The most memory for the elements of one result, in bytes. */
  readonly decodedBytes: number;
  readonly pending: PendingCalls<Exchange>;
  readonly deadlines: Deadlines;
  /** Undefined: bytes left over after a result make it an error. */
  readonly onLeftOver: OnLeftOver | undefined;
  /** Undefined on reliable connections. */
  readonly retransmit: RetransmitPolicy | undefined;
  readonly stats: PeerStats;
  /** The other end reads slower than calls are made: new ones are held until it has caught up. Reliable connections only. */
  congested: boolean;
  /** Calls that are not sent yet, in order. */
  readonly held: Set<Exchange>;
  /** Messages that have come in. */
  received: number;
  /** Calls that wait and do not keep the process alive. */
  inBackground: number;
  /** The count of received bytes when calls began to time out without any input, and the time of the last input. */
  silence: { heard: number; since: number };
  /** The first call waits, or no call waits any more. */
  waitingChanged(): void;
  /** The connection takes no more messages, though it may not have told its end yet; or seems to be dead. */
  lost(): void;
}

const nothingSealed: unknown[] = [];

type Settle = (outcome: unknown) => void;

export class Exchange extends Alarm implements FailedCall {
  xid = 0;
  transmissions = 0;
  settled = false;
  /** Transmissions that certainly did not run, as a reply has proved. */
  disproved = 0;
  /** The credential was renewed once already. */
  refreshed = false;
  /** Denied, and the credential is being renewed: replies under the old xid mean nothing. */
  refreshing = false;
  /** What `seal` returned for each transmission; empty for fixed credentials. */
  sealed: unknown[] = nothingSealed;
  /** The arguments, encoded once, where they may have to go out again. */
  encodedArgs: Uint8Array | undefined;
  /** Milliseconds until the deadline, when the alarm was last set. */
  timeLeft: number;
  /** How much had come in when it began. */
  heard = 0;
  /** The clock's time of the deadline, from when the alarm is first set. */
  deadline = 0;
  onAbort: (() => void) | undefined;

  readonly context: ExchangeContext;
  readonly request: ChannelCall;
  readonly session: AuthSession;
  /** Milliseconds that the whole call may take. */
  readonly timeout: number;
  readonly resolve: Settle;
  readonly reject: Settle;

  constructor(
    context: ExchangeContext,
    request: ChannelCall,
    session: AuthSession,
    timeout: number,
    resolve: Settle,
    reject: Settle,
  ) {
    super();
    this.context = context;
    this.request = request;
    this.session = session;
    this.timeout = timeout;
    this.timeLeft = Math.max(0, timeout - (request.spent ?? 0));
    this.resolve = resolve;
    this.reject = reject;
    this.background = request.options.background === true;
  }

  get remote(): Address {
    return this.context.connection.info.remote;
  }

  get repeated(): boolean {
    return this.context.retransmit !== undefined && this.transmissions - this.disproved > 1;
  }

  ring(): void {
    onAlarm(this);
  }
}

/** Step 1. The exchange settles by itself from here on. */
export function begin(exchange: Exchange): void {
  const { context, request, session } = exchange;
  const signal = request.options.signal;
  if (signal?.aborted) {
    fail(exchange, cancelled(exchange, signal.reason));
    return;
  }
  if (context.budget.freeBytes <= 0) {
    failLater(exchange, noRoom(exchange, context.budget));
    return;
  }
  if (request.procedure.oneWay && session.prepared && !context.congested) {
    sendOneWay(exchange);
    return;
  }
  if (!context.pending.add(exchange)) {
    failLater(exchange, tooMany(exchange, context.pending.most));
    return;
  }
  exchange.heard = heardOn(context);
  if (exchange.background) context.inBackground++;
  if (context.pending.count === 1) context.waitingChanged();
  else if (!exchange.background && context.pending.count - context.inBackground === 1) context.waitingChanged();
  if (signal !== undefined) cancelOn(signal, exchange);
  setAlarm(exchange);
  if (session.prepared) transmit(exchange);
  else prepareThenTransmit(exchange);
}

/** Steps 2 and 3 of a call that has no reply: nothing is kept, nothing is repeated. */
function sendOneWay(exchange: Exchange): void {
  const { context } = exchange;
  exchange.xid = context.pending.takeXid();
  try {
    noteCongestion(context, context.connection.send(writeCall, exchange));
    context.stats.calls++;
    exchange.resolve(undefined);
  } catch (error) {
    noteLoss(exchange, error);
    rejectWith(exchange, notSent(exchange, error));
  }
}

function noteCongestion(context: ExchangeContext, ready: boolean): void {
  if (!ready && context.retransmit === undefined) context.congested = true;
}

/** Grows with all that comes in. */
export function heardOn({ connection, received }: ExchangeContext): number {
  return received + (connection.arrivals ?? 0);
}

/** Calls in a greater hurry than this prove nothing one by one, in milliseconds. */
const leastSilence = 100;

/**
 * A call has timed out. If nothing at all came in meanwhile, the connection may be dead without a report (a NAT that
 * has forgotten it, a machine without power): those on it may still be answered, but new calls go elsewhere.
 */
function noteSilence({ context, heard, timeout, request }: Exchange): void {
  if (heardOn(context) !== heard) return;
  const { silence, deadlines } = context;
  const now = deadlines.now();
  const since = now - (timeout - (request.spent ?? 0));
  if (silence.heard !== heard) context.silence = { heard, since };
  if (now - context.silence.since >= leastSilence) context.lost();
}

function noteLoss({ context }: Exchange, error: unknown): void {
  if (error instanceof TransportError && error.code !== "TRANSPORT_MESSAGE_TOO_LONG") context.lost();
}

/** Ends the exchange and frees all that it holds. False: it had ended before. */
export function settle(exchange: Exchange): boolean {
  if (exchange.settled) return false;
  exchange.settled = true;
  const { context } = exchange;
  context.deadlines.clear(exchange);
  if (exchange.encodedArgs !== undefined) context.budget.add(0, -exchange.encodedArgs.length);
  if (exchange.onAbort !== undefined) exchange.request.options.signal?.removeEventListener("abort", exchange.onAbort);
  if (context.held.size > 0) context.held.delete(exchange);
  if (!context.pending.delete(exchange)) return true;
  if (exchange.background) context.inBackground--;
  if (context.pending.count === context.inBackground) context.waitingChanged();
  return true;
}

/** `error` may be a promise of the error, which must not reject. */
export function fail(exchange: Exchange, error: unknown): void {
  if (settle(exchange)) rejectWith(exchange, error);
}

function rejectWith({ reject }: Exchange, error: unknown): void {
  if (error instanceof Promise) error.then(reject);
  else reject(error);
}

/** In the next turn: a caller that tries again at once, for ever, must not keep the process from what it waits for. */
function failLater(exchange: Exchange, error: unknown): void {
  setImmediate(() => fail(exchange, error));
}

/** Once more under a new xid, with a renewed credential. */
export function beginAgain(exchange: Exchange): void {
  const { pending } = exchange.context;
  if (exchange.settled) return;
  pending.delete(exchange);
  pending.add(exchange);
  exchange.refreshing = false;
  exchange.sealed = nothingSealed;
  transmit(exchange);
}

function transmit(exchange: Exchange): void {
  const { context } = exchange;
  try {
    if (context.congested && exchange.transmissions === 0) {
      hold(exchange);
      return;
    }
    noteCongestion(context, context.connection.send(writeCall, exchange));
  } catch (error) {
    noteLoss(exchange, error);
    fail(exchange, notSent(exchange, error));
    return;
  }
  if (exchange.transmissions++ === 0) context.stats.calls++;
  else noteRetransmission(exchange);
}

function noteRetransmission({ context, request, xid, transmissions }: Exchange): void {
  context.stats.retransmissions++;
  if (!clientRetransmit.hasSubscribers) return;
  const { program, procedure } = request;
  clientRetransmit.publish({ connection: context.connection.info, program, procedure, xid, transmissions });
}

function hold(exchange: Exchange): void {
  if (exchange.encodedArgs === undefined) keep(exchange, encodeArguments(exchange.request));
  exchange.context.held.add(exchange);
}

/** Until the exchange ends. @throws RpcError if there is no room for it. */
function keep(exchange: Exchange, args: Uint8Array): void {
  const { budget } = exchange.context;
  if (budget.freeBytes < args.length) throw noRoom(exchange, budget);
  budget.add(0, args.length);
  exchange.encodedArgs = args;
}

/** The other end has caught up: sends what was held, as far as it goes. */
export function transmitHeld(context: ExchangeContext): void {
  context.congested = false;
  for (const exchange of context.held) {
    if (context.congested) return;
    context.held.delete(exchange);
    transmitOrSend(exchange);
  }
}

function transmitOrSend(exchange: Exchange): void {
  if (!exchange.request.procedure.oneWay) {
    transmit(exchange);
    return;
  }
  settle(exchange);
  sendOneWay(exchange);
}

async function prepareThenTransmit(exchange: Exchange): Promise<void> {
  const { session } = exchange;
  try {
    session.preparing ??= session.auth.prepare?.() ?? Promise.resolve();
    await session.preparing;
    session.prepared = true;
  } catch (error) {
    delete session.preparing;
    return fail(exchange, notSent(exchange, error));
  }
  if (!exchange.settled) transmitOrSend(exchange);
}

// Step 2. Static, and handed the exchange as a value: no closure for each call.
function writeCall(out: XdrWriter, exchange: Exchange): void {
  const { program, procedure } = exchange.request;
  const { auth } = exchange.session;
  const fixed = auth.fixed;
  const start = out.offset;
  writeCallHeader(out, exchange.xid, program.number, program.version, procedure.number);
  if (fixed !== undefined) {
    writeAuthWords(out, fixed);
    writeArguments(out, exchange);
    return;
  }
  const body: BodyWriter = (to) => writeArguments(to, exchange);
  const sealed = auth.seal(out, start, body);
  if (exchange.sealed === nothingSealed) exchange.sealed = [sealed];
  else exchange.sealed.push(sealed);
}

// Where they may have to go out again the bytes are kept: the caller may change its values meanwhile.
function writeArguments(out: XdrWriter, exchange: Exchange): void {
  const { context, request } = exchange;
  if (exchange.encodedArgs !== undefined) {
    out.writeBytes(exchange.encodedArgs);
    return;
  }
  const start = out.offset;
  request.procedure.args.encode(out, request.args);
  if (context.retransmit === undefined || request.procedure.oneWay) return;
  // Copying what was just written costs less than encoding it apart, unless part of it is elsewhere.
  keep(
    exchange,
    out.splices.length === 0 ? Buffer.from(out.buffer.subarray(start, out.offset)) : encodeArguments(request),
  );
}

function encodeArguments(request: ChannelCall): Uint8Array {
  const out = new XdrWriter();
  request.procedure.args.encode(out, request.args);
  return out.toBytes();
}

function cancelOn(signal: AbortSignal, exchange: Exchange): void {
  exchange.onAbort = () => fail(exchange, cancelled(exchange, signal.reason));
  listenForAbort(signal, exchange.onAbort);
}

function setAlarm(exchange: Exchange): void {
  const { retransmit, deadlines } = exchange.context;
  let delay = exchange.timeLeft;
  const repeats = retransmit !== undefined && exchange.request.options.semantics !== "maybe";
  if (repeats) delay = Math.min(delay, retransmitDelay(retransmit, exchange.transmissions + 1));
  deadlines.set(exchange, delay);
  if (exchange.deadline === 0) exchange.deadline = exchange.due + exchange.timeLeft - delay;
}

// Steps 4 and 5: the deadline, or time to repeat.
function onAlarm(exchange: Exchange): void {
  exchange.timeLeft = exchange.deadline - exchange.context.deadlines.now();
  if (exchange.timeLeft <= 0) {
    noteSilence(exchange);
    fail(exchange, timedOut(exchange, exchange.timeout));
    return;
  }
  setAlarm(exchange);
  if (exchange.refreshing || !exchange.session.prepared) return;
  exchange.context.connection.unanswered?.();
  transmit(exchange);
}
