// One call from its xid to its verified reply:
//   1 begin      an xid, the deadline, the caller's signal       4 repeat   unreliable connections only, same xid
//   2 seal       header, credential, verifier, arguments         5 wait
//   3 send       straight into the connection's output           6 open, 7 decode: see reply.ts
// It ends once, by whatever comes first: reply, failure to send, deadline, signal, end of the connection.

import { listenForAbort } from "../base/abort.js";
import type { BodyWriter } from "../rpc/auth.js";
import type { CallOptions, ChannelCall } from "../rpc/call.js";
import { writeAuthWords, writeCallHeader } from "../rpc/header.js";
import type { Procedure, Program } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import type { Budget } from "../transport/budget.js";
import type { Connection } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import { copyOf } from "../xdr/memory.js";
import { XdrWriter } from "../xdr/writer.js";
import type { AuthSession } from "./auth-session.js";
import { Alarm, type Deadlines } from "./deadlines.js";
import { clientRetransmit } from "./diagnostics.js";
import { cancelled, type FailedCall, noRoom, timedOut, tooMany } from "./failures.js";
import { notSent } from "./late-failures.js";
import type { OnLeftOver } from "./left-over-warning.js";
import type { PendingCalls } from "./pending-calls.js";
import { type RetransmitPolicy, retransmitDelay } from "./retransmit.js";
import type { PeerStats } from "./stats.js";

/** State that all exchanges of one connection share. */
export interface ExchangeContext {
  readonly connection: Connection;
  /** Counts kept arguments, and calls that wait to be sent. */
  readonly budget: Budget;
  /** The most memory for the elements of one result, in bytes. */
  readonly decodedBytes: number;
  readonly pending: PendingCalls<Exchange>;
  readonly deadlines: Deadlines;
  /** Called for bytes that are left over after a result. Undefined: they are an error. */
  readonly onLeftOver: OnLeftOver | undefined;
  /** How a call is repeated. Undefined on reliable connections. */
  readonly retransmit: RetransmitPolicy | undefined;
  readonly stats: PeerStats;
  /**
   * True: the other end reads more slowly than calls are made, so new calls are held until it has caught up. Reliable
   * connections only.
   */
  congested: boolean;
  /** Calls that have not been sent yet, in order. */
  readonly held: Set<Exchange>;
  /** The other end closes the connection, and has run no call that it has not answered. */
  left?: boolean;
  /** The number of received messages. */
  received: number;
  /** Waiting calls that do not keep the process alive. */
  inBackground: number;
  /** The count of received bytes when calls began to time out without any input, and the time of the last input. */
  silence: { heard: number; since: number };
  /** Reports that the first call waits, or that no call waits any more. */
  waitingChanged(): void;
  /** The connection accepts no more messages, even if its end was not reported yet; or it seems dead. */
  lost(): void;
}

const nothingSealed: unknown[] = [];

export type Settle = (outcome: unknown) => void;

/** A call whose failure may have another outcome. */
export interface RecoverableCall extends ChannelCall {
  /** Returns the outcome of the call that has failed. Not called for options that are not valid. Must not throw. */
  readonly recover?: ((error: unknown) => Promise<unknown>) | undefined;
}

const nothingSent: readonly unknown[] = [];
const noOptions: CallOptions = {};
const nobody: Settle = () => undefined;

/**
 * The most exchanges that are kept, for all connections: about 16 MiB. A burst of up to this number of calls makes no new ones, which the
 * garbage collector would have to copy: a client that was late by some 10,000 calls could take longer for each, and stay late.
 */
const mostSpare = 1 << 16;

/** Exchanges that have ended and are used again: the first `spareCount` elements. */
const spare: Exchange[] = [];
let spareCount = 0;

/** A call with its state. It serves one call after another: with many in flight, memory for each is what costs most. */
export class Exchange extends Alarm implements FailedCall, ChannelCall {
  /** As a signed word. */
  xid = 0;
  transmissions = 0;
  settled = false;
  /** True if the credential was already renewed once. */
  refreshed = false;
  /** The call was denied and its credential is being renewed. */
  refreshing = false;
  /** What `seal` returned for each transmission; empty for fixed credentials. */
  sealed = nothingSealed;
  /** The arguments, encoded once if they may have to be sent again. */
  encodedArgs: Uint8Array | undefined;
  /** Milliseconds from the time when the alarm was last set to the deadline. */
  timeLeft = 0;
  /** The count of received bytes when the call began. */
  heard = 0;
  /** The count of sent messages when the call was first sent. */
  sentAs = 0;
  /** Milliseconds from the alarm to the deadline: more than 0 if the call is to be sent again at the alarm. */
  afterAlarm = 0;
  /** Made once. It listens only while a call with a signal waits. */
  onAbort: (() => void) | undefined;

  context!: ExchangeContext;
  program!: Program;
  procedure!: Procedure;
  /** Empty once the call was sent, if it cannot be sent again. */
  args = nothingSent;
  options = noOptions;
  spent = 0;
  session!: AuthSession;
  /** Milliseconds that the whole call may take. */
  timeout = 0;
  recover!: typeof rejected;
  /** Settles the call's promise. A failure is a rejected promise, so that no second function is kept for each call. */
  resolve = nobody;

  get request(): ChannelCall {
    return this;
  }

  get remote(): Address {
    return this.context.connection.info.remote;
  }

  get reliable(): boolean {
    return this.context.retransmit === undefined && this.isProved;
  }

  /** False: only results are proved to be the server's; somebody else may have written a refusal or a denial. */
  get isProved(): boolean {
    return this.session.auth.provesRefusals !== false;
  }

  ring(): void {
    onAlarm(this);
  }
}

/** The exchange of a new call. */
export function exchangeFor(
  context: ExchangeContext,
  { program, procedure, args, options, spent = 0, recover = rejected }: RecoverableCall,
  session: AuthSession,
  timeout: number,
): Exchange {
  const exchange = spareCount > 0 ? (spare[--spareCount] as Exchange) : new Exchange();
  exchange.context = context;
  exchange.program = program;
  exchange.procedure = procedure;
  exchange.args = args;
  exchange.options = options;
  // V8 would keep fractions in objects of their own, for all calls from then on.
  exchange.spent = Math.floor(spent);
  exchange.recover = recover;
  exchange.session = session;
  exchange.timeout = timeout;
  exchange.timeLeft = Math.max(0, timeout - exchange.spent);
  exchange.background = options.background === true;
  return exchange;
}

/** Keeps an answered exchange for another call, unless something may still refer to it. */
export function reuse(exchange: Exchange): void {
  if (exchange.refreshed || spareCount === mostSpare) return;
  exchange.transmissions = 0;
  exchange.settled = false;
  exchange.sealed = nothingSealed;
  exchange.encodedArgs = undefined;
  exchange.args = nothingSent;
  exchange.options = noOptions;
  exchange.resolve = nobody;
  // A connection that has ended must not stay in memory.
  exchange.context = exchange.session = undefined as never;
  exchange.recover = rejected;
  spare[spareCount++] = exchange;
}

/** Step 1. From here on the exchange settles on its own. */
export function begin(exchange: Exchange): void {
  const { context, procedure, session } = exchange;
  const { signal } = exchange.options;
  if (signal?.aborted) {
    fail(exchange, cancelled(exchange, signal.reason));
    return;
  }
  if (context.budget.isFull) {
    failLater(exchange, noRoom(exchange, context.budget));
    return;
  }
  if (procedure.oneWay && session.prepared && !context.congested) {
    sendOneWay(exchange);
    return;
  }
  if (!context.pending.add(exchange)) {
    failLater(exchange, tooMany(exchange, context.pending));
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

/** Steps 2 and 3 of a one-way call: nothing is kept, and nothing is retransmitted. */
function sendOneWay(exchange: Exchange): void {
  const { context } = exchange;
  exchange.xid = context.pending.takeXid();
  try {
    noteCongestion(context, context.connection.send(writeCall, exchange, exchange.options.atOnce));
    context.stats.calls++;
    exchange.resolve(undefined);
    reuse(exchange);
  } catch (error) {
    sendingFailed(exchange, error);
  }
}

function noteCongestion(context: ExchangeContext, ready: boolean): void {
  if (!ready && context.retransmit === undefined) context.congested = true;
}

/** Increases with everything that is received. */
export function heardOn({ connection, received }: ExchangeContext): number {
  return received + (connection.arrivals ?? 0);
}

/** Increases with each message that is sent. */
export function sentOn({ stats }: ExchangeContext): number {
  return stats.calls + stats.retransmissions;
}

/** Milliseconds. If a call with a shorter timeout times out, that says nothing about the connection. */
const leastSilence = 100;

/**
 * A call has timed out. If nothing at all was received meanwhile, the connection may be dead without a report (a NAT
 * that has forgotten it, a machine without power). Calls on it may still be answered, but new calls use another
 * connection.
 */
function noteSilence({ context, heard, timeout, spent, options }: Exchange): void {
  if (options.patient || heardOn(context) !== heard) return;
  const { silence, deadlines } = context;
  const now = deadlines.now();
  const since = now - (timeout - spent);
  if (silence.heard !== heard) context.silence = { heard, since };
  if (now - context.silence.since >= leastSilence) context.lost();
}

function sendingFailed(exchange: Exchange, error: unknown): void {
  if (error instanceof TransportError && error.code !== "TRANSPORT_MESSAGE_TOO_LONG") exchange.context.lost();
  fail(exchange, notSent(exchange, error));
}

/** Ends the exchange and releases everything that it holds. Returns false if it had already ended. */
export function settle(exchange: Exchange): boolean {
  if (exchange.settled) return false;
  exchange.settled = true;
  const { context } = exchange;
  context.deadlines.clear(exchange);
  if (exchange.encodedArgs !== undefined) context.budget.add(0, -exchange.encodedArgs.length);
  if (exchange.onAbort !== undefined) exchange.options.signal?.removeEventListener("abort", exchange.onAbort);
  if (exchange.transmissions > 0) exchange.session.inFlight--;
  if (context.held.size > 0) {
    context.held.delete(exchange);
    // Later, so that nothing is sent while all calls of a lost connection fail.
    queueMicrotask(() => context.congested || transmitHeld(context));
  }
  if (!context.pending.delete(exchange)) return true;
  if (exchange.background) context.inBackground--;
  if (context.pending.count === context.inBackground) context.waitingChanged();
  return true;
}

/** `error` may be a promise of the error, which must not reject. */
export function fail(exchange: Exchange, error: unknown): void {
  if (!settle(exchange)) return;
  exchange.resolve(error instanceof Promise ? error.then(exchange.recover) : exchange.recover(error));
}

/** The default of `recover`. */
function rejected(error: unknown): Promise<unknown> {
  return Promise.reject(error);
}

/**
 * In the next turn, so that a caller that retries immediately and endlessly does not starve the event that it waits
 * for.
 */
function failLater(exchange: Exchange, error: unknown): void {
  setImmediate(() => fail(exchange, error));
}

/**
 * Sends the call once more, with a renewed credential. Under a new xid, so that late replies to the old one are not taken for its own;
 * but if the denial may be forged, under the old one: a server that has run the call can recognise it, and its reply still counts.
 */
export function beginAgain(exchange: Exchange): void {
  if (exchange.settled) return;
  exchange.refreshing = false;
  if (exchange.isProved) {
    exchange.context.pending.renew(exchange);
    exchange.sealed = nothingSealed;
  }
  exchange.session.renew();
  if (exchange.session.prepared) transmit(exchange);
  else prepareThenTransmit(exchange);
}

function transmit(exchange: Exchange): void {
  const { context } = exchange;
  try {
    if (exchange.transmissions === 0 && (context.congested || exchange.session.isFull)) {
      hold(exchange);
      return;
    }
    noteCongestion(context, context.connection.send(writeCall, exchange));
  } catch (error) {
    sendingFailed(exchange, error);
    return;
  }
  if (exchange.session.auth.refresh === undefined && retransmitOf(exchange) === undefined) exchange.args = nothingSent;
  if (exchange.transmissions++ === 0) {
    context.stats.calls++;
    exchange.sentAs = sentOn(context);
    exchange.session.inFlight++;
  } else noteRetransmission(exchange);
}

function noteRetransmission({ context, program, procedure, xid: word, transmissions }: Exchange): void {
  context.stats.retransmissions++;
  if (!clientRetransmit.hasSubscribers) return;
  const xid = word >>> 0;
  clientRetransmit.publish({ connection: context.connection.info, program, procedure, xid, transmissions });
}

function hold(exchange: Exchange): void {
  if (exchange.encodedArgs === undefined) keep(exchange, encodeArguments(exchange));
  exchange.context.held.add(exchange);
}

/** Holds the call until the exchange ends. @throws RpcError if there is no room for it. */
function keep(exchange: Exchange, args: Uint8Array): void {
  const { budget } = exchange.context;
  if (budget.freeBytes < args.length) throw noRoom(exchange, budget);
  budget.add(0, args.length);
  exchange.encodedArgs = args;
}

/** The other end has caught up: sends held calls, as long as it accepts them. */
export function transmitHeld(context: ExchangeContext): void {
  context.congested = false;
  for (const exchange of context.held) {
    if (context.congested || exchange.session.isFull) return;
    context.held.delete(exchange);
    transmitOrSend(exchange);
  }
}

function transmitOrSend(exchange: Exchange): void {
  if (!exchange.procedure.oneWay) {
    transmit(exchange);
    return;
  }
  settle(exchange);
  sendOneWay(exchange);
}

async function prepareThenTransmit(exchange: Exchange): Promise<void> {
  try {
    await exchange.session.prepare(exchange.program, exchange);
  } catch (error) {
    return fail(exchange, notSent(exchange, error));
  }
  if (!exchange.settled) transmitOrSend(exchange);
}

// Step 2. Static, with the exchange as a parameter, so that no closure is created for each call.
function writeCall(out: XdrWriter, exchange: Exchange): void {
  const { program, procedure } = exchange;
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

// If the call may be sent again, its encoded bytes are kept, because the caller may change its values meanwhile.
function writeArguments(out: XdrWriter, exchange: Exchange): void {
  const { procedure, args } = exchange;
  if (exchange.encodedArgs !== undefined) {
    out.writeBytes(exchange.encodedArgs);
    return;
  }
  const start = out.offset;
  procedure.args.encode(out, args);
  if (procedure.oneWay || retransmitOf(exchange) === undefined) return;
  // Copying the written bytes costs less than encoding them again, unless a part of them is elsewhere.
  const isWhole = out.splices.length === 0;
  keep(exchange, isWhole ? copyOf(out.buffer, start, out.offset - start) : encodeArguments(exchange));
}

function encodeArguments({ procedure, args }: ChannelCall): Uint8Array {
  const out = new XdrWriter();
  procedure.args.encode(out, args);
  return out.toBytes();
}

function cancelOn(signal: AbortSignal, exchange: Exchange): void {
  exchange.onAbort ??= () => fail(exchange, cancelled(exchange, exchange.options.signal?.reason));
  listenForAbort(signal, exchange.onAbort);
}

/** How the call is repeated if no reply comes. Undefined: it is not repeated. */
function retransmitOf({ context, options }: Exchange): RetransmitPolicy | undefined {
  return options.semantics === "maybe" ? undefined : context.retransmit;
}

function setAlarm(exchange: Exchange): void {
  const retransmit = retransmitOf(exchange);
  const { deadlines } = exchange.context;
  const { timeLeft } = exchange;
  exchange.afterAlarm = 0;
  if (retransmit === undefined) {
    deadlines.set(exchange, timeLeft);
    return;
  }
  const delay = Math.min(timeLeft, retransmitDelay(retransmit, exchange.transmissions + 1));
  // The time of the alarm is known when it rings: until then the clock need not be read.
  if (delay < timeLeft) exchange.afterAlarm = timeLeft - delay;
  deadlines.set(exchange, delay);
}

// Steps 4 and 5: the deadline has passed, or it is time to retransmit.
function onAlarm(exchange: Exchange): void {
  const { afterAlarm, due } = exchange;
  exchange.timeLeft = afterAlarm === 0 ? 0 : afterAlarm - (exchange.context.deadlines.now() - due);
  if (exchange.timeLeft <= 0) {
    noteSilence(exchange);
    fail(exchange, timedOut(exchange, exchange.timeout, exchange.session.auth.waitsFor));
    return;
  }
  setAlarm(exchange);
  if (exchange.refreshing || !exchange.session.prepared) return;
  exchange.context.connection.unanswered?.();
  transmit(exchange);
}
