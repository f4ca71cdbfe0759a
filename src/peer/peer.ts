// One conversation in both directions: matches replies to calls, and passes the other end's calls to a server.

import { authNone } from "../auth/none.js";
import type { Clock } from "../base/clock.js";
import type { Channel, ChannelCall, ClientAuth } from "../rpc/call.js";
import { emptyReplyMessage, MessageType, randomXid } from "../rpc/header.js";
import type { Address } from "../transport/address.js";
import { Budget, type Total, totalOf } from "../transport/budget.js";
import type { Connection } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import type { Security } from "../transport/tls/security.js";
import type { XdrLimits } from "../xdr/limits.js";
import { type Forgiven, XdrReader } from "../xdr/reader.js";
import { AuthSession, releaseAll } from "./auth-session.js";
import { Deadlines } from "./deadlines.js";
import { connectionClose, connectionOpen, messageReceived, messageSent } from "./diagnostics.js";
import type { CallReceiver, Dispatcher } from "./dispatcher.js";
import {
  begin,
  type Exchange,
  type ExchangeContext,
  exchangeFor,
  fail,
  heardOn,
  type RecoverableCall,
  type Settle,
  transmitHeld,
} from "./exchange.js";
import { disconnected, notConnected } from "./failures.js";
import { warnOfLeftOver } from "./late-failures.js";
import type { OnLeftOver } from "./left-over-warning.js";
import { nothingServed } from "./nothing-served.js";
import { PeerChannel } from "./peer-channel.js";
import { PendingCalls } from "./pending-calls.js";
import { defaultDecodedBytes, dropMalformed, receiveReply } from "./reply.js";
import { defaultRetransmit, type RetransmitPolicy } from "./retransmit.js";
import type { PeerStats } from "./stats.js";
import { tapConnection } from "./tapped-connection.js";

/** The default timeout of a call, in milliseconds. */
export const defaultTimeout = 30_000;

/** Options of a Peer. */
export interface PeerOptions {
  /** The credential of calls that have none of their own. Default AUTH_NONE. */
  readonly auth?: ClientAuth | undefined;
  /** The address as the client was given it, with the host name. Credentials need it. Default: the connection's remote address. */
  readonly calledAs?: Address | undefined;
  /** Milliseconds that a call may take. Default 30,000; Infinity for no limit. */
  readonly timeout?: number | undefined;
  /** How calls over UDP are sent again when no reply comes. Default `defaultRetransmit`. */
  readonly retransmit?: Partial<RetransmitPolicy> | undefined;
  /** Serves the calls that the other end makes. Default: none; they get PROG_UNAVAIL. */
  readonly dispatcher?: Dispatcher | undefined;
  /** Limits for decoding results. Default `defaultLimits` of lupine/xdr. */
  readonly limits?: XdrLimits | undefined;
  /**
   * Accepts invalid padding, booleans and trailing bytes in results, and reports each to this function. Default: such a
   * result fails the call with RPC_CANT_DECODE_RESULT.
   */
  readonly lenient?: ((what: Forgiven, offset: number) => void) | undefined;
  /**
   * Called when bytes follow a complete result, as `rpc.rstatd` sends them. The result is accepted. Default:
   * `process.emitWarning`, once for each procedure. With `lenient`, that function is called instead.
   */
  readonly onLeftOver?: OnLeftOver | undefined;
  /** True: bytes that follow a complete result fail the call with RPC_CANT_DECODE_RESULT. Default false. */
  readonly strict?: boolean | undefined;
  /** Calls that may wait for their reply at once; one more fails with RPC_TOO_MANY_CALLS. Default 1,048,576. */
  readonly callsInFlight?: number | undefined;
  /** Counts the waiting calls of several connections. Default: that of the process, 262,144 calls. */
  readonly waitingTotal?: Total | undefined;
  /** Where waiting calls are counted. Default: a part of the process's total. */
  readonly budget?: Budget | undefined;
  /** Bytes that the elements of one result may take in memory, by an estimate on the high side. Default 64 MiB. */
  readonly decodedBytes?: number | undefined;
  /** The clock of deadlines and retransmissions. Default: the machine's, or that of `deadlines`. */
  readonly clock?: Clock | undefined;
  /** A timer that several peers share. Default: one of its own. */
  readonly deadlines?: Deadlines | undefined;
  /** True: the connection does not keep the process alive while no call waits for its reply. Default false. */
  readonly letsProcessEnd?: boolean | undefined;
  /** Called once, when the connection has ended. `error` is undefined if it was closed normally. Default: nothing is called. */
  readonly onClosed?: ((error?: TransportError) => void) | undefined;
}

/**
 * One connection, as a channel for calls in both directions. It takes over the connection.
 * @example
 * const [near, far] = memoryPair();
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * server.accept(far);
 * await using peer = new Peer(near, { timeout: 5_000 });
 * await using client = createClient(ADD_VERS, peer);
 * console.log(await client.add({ a: 1, b: 2 }), peer.stats.calls); // 3 1
 */
export class Peer implements Channel {
  /** The connection that the peer has taken over. */
  readonly connection: Connection;
  /** Counts of this connection. The object is live. */
  readonly stats: Readonly<PeerStats>;
  readonly #timeout: number;
  readonly #letsProcessEnd: boolean;
  readonly #onClosed: ((error?: TransportError) => void) | undefined;
  readonly #context: ExchangeContext;
  /** Makes calls also while the peer is closing. */
  readonly #channel: PeerChannel;
  readonly #session: AuthSession;
  /** Credentials that were passed with single calls. */
  #sessions: WeakMap<ClientAuth, AuthSession> | undefined;
  /** The credentials that must be released when the connection ends. */
  readonly #returnable = new Set<AuthSession>();
  readonly #reader: XdrReader;
  readonly #reply = emptyReplyMessage();
  readonly #callReceiver: CallReceiver;
  #closing: Promise<void> | undefined;
  #closed = false;
  #lost = false;
  #closedBy: unknown;
  #whenIdle: (() => void)[] = [];

  /** Starts to receive from the connection, on which `open` must not have been called. `connect` and `Server` create their own peers. */
  constructor(bare: Connection, options: PeerOptions = {}) {
    const connection = watchedConnection(bare);
    this.connection = connection;
    this.#timeout = options.timeout ?? defaultTimeout;
    checkTimeout(this.#timeout);
    this.#onClosed = options.onClosed;
    this.#context = this.#makeContext(options);
    this.stats = this.#context.stats;
    this.#channel = new PeerChannel(this, (request) => this.#call(request), options.calledAs);
    this.#session = this.#openSession(options.auth ?? authNone());
    const { limits, lenient } = options;
    this.#reader = new XdrReader(undefined, { limits, lenient });
    this.#callReceiver = (options.dispatcher ?? nothingServed).attach(
      this.#channel,
      this.#session.auth.protectsCallbacks,
    );
    const { budget } = this.#context;
    // A server counts everything that waits on its connections, including calls back.
    const isCounted = options.dispatcher !== undefined;
    this.#letsProcessEnd = options.letsProcessEnd === true;
    if (this.#letsProcessEnd) connection.holdProcess?.(false);
    connection.open({
      message: (bytes, start, end, owned) => this.#message(bytes, start, end, owned),
      drained: () => {
        transmitHeld(this.#context);
        this.#callReceiver.drained();
      },
      closed: (error) => this.#onEnd(error),
      queued: (change) => {
        if (!isCounted) budget.add(0, change);
        this.#callReceiver.queued?.(change);
      },
    });
    if (connectionOpen.hasSubscribers) connectionOpen.publish({ connection: connection.info, stats: this.stats });
  }

  /** The other end's address. */
  get remote(): Address {
    return this.connection.info.remote;
  }

  /** The protection of the connection by TLS; undefined without it. */
  get security(): Security | undefined {
    return this.connection.info.security;
  }

  /**
   * True if new calls should use this connection: it is open, it has refused no message, and no call has timed out without
   * anything being received meanwhile.
   */
  get connected(): boolean {
    return !this.#closed && !this.#lost && this.#closing === undefined;
  }

  /** True if the transport delivers every message once, or closes. */
  get reliable(): boolean {
    return this.connection.info.reliable;
  }

  /** True if the connection has ended and no call on it was ever answered. */
  get failed(): boolean {
    return this.#closed && this.stats.calls > 0 && this.stats.replies === 0;
  }

  /** True if the connection has ended. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Increases whenever bytes arrive, also for a part of a message. */
  get heard(): number {
    return heardOn(this.#context);
  }

  /** The number of calls that wait for their reply. */
  get waiting(): number {
    return this.#context.pending.count;
  }

  /**
   * Sends a call and waits for its reply. The arguments are encoded before this returns, unless the credential has to
   * be prepared first.
   * @throws RangeError for an invalid timeout.
   * @throws RpcError: RpcTimeout, RpcCancelled, RpcDisconnected, RpcRejected, RpcRefused, RpcCodecError.
   */
  call(request: ChannelCall): Promise<unknown> {
    if (this.#closing !== undefined) return Promise.reject(notConnected(request, this.remote, this.#closedBy));
    if (request.options.semantics === "exactly-once") return Promise.reject(noSession("a connection"));
    return this.#call(request);
  }

  // Also sends calls while the peer is closing: a handler may have to call back before it can finish.
  #call(request: RecoverableCall): Promise<unknown> {
    if (this.#closed) return Promise.reject(notConnected(request, this.remote, this.#closedBy));
    const { auth, timeout } = request.options;
    try {
      checkTimeout(timeout);
      const session = auth === undefined ? this.#session : this.#sessionOf(auth);
      newest = exchangeFor(this.#context, request, session, timeout ?? this.#timeout);
      const reply = new Promise(noteResolve);
      begin(newest);
      return reply;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Refuses new calls, waits for the calls in flight in both directions, then closes. Resolves when closed. */
  close(): Promise<void> {
    this.#closing ??= this.#drainAndClose();
    return this.#closing;
  }

  /** Closes at once. Calls in flight fail with RpcDisconnected and `reason` as the cause. */
  destroy(reason?: Error): void {
    if (this.#closed) return;
    const error = reason instanceof TransportError ? reason : undefined;
    this.connection.destroy(error);
    this.#onEnd(error, reason);
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #drainAndClose(): Promise<void> {
    // Our calls may wait for calls back, so those are served until then; running handlers may call back, too.
    await this.#idle();
    await this.#callReceiver.finished();
    await this.#idle();
    if (!this.#closed) await releaseAll(this.#returnable, this.#context.deadlines);
    if (!this.#closed) await this.connection.close();
    this.#onEnd();
  }

  /** No call of ours waits for its reply. */
  async #idle(): Promise<void> {
    if (this.#context.pending.count > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #makeContext(options: PeerOptions): ExchangeContext {
    const { reliable } = this.connection.info;
    const { deadlines = new Deadlines(options.clock) } = options;
    const { clock } = deadlines;
    const total = totalOf(clock);
    const random = (): number => clock.random();
    return {
      connection: this.connection,
      budget: options.budget ?? new Budget(total),
      decodedBytes: options.decodedBytes ?? defaultDecodedBytes,
      pending: new PendingCalls<Exchange>(randomXid(), options.callsInFlight, options.waitingTotal ?? total.waiting),
      deadlines,
      onLeftOver: options.strict === true ? undefined : (options.onLeftOver ?? warnOfLeftOver()),
      retransmit: reliable ? undefined : { ...defaultRetransmit, random, ...options.retransmit },
      stats: { calls: 0, retransmissions: 0, replies: 0, unmatchedReplies: 0, malformedMessages: 0 },
      congested: false,
      received: 0,
      inBackground: 0,
      silence: { heard: -1, since: 0 },
      held: new Set(),
      waitingChanged: () => this.#waitingChanged(),
      lost: () => {
        this.#lost = true;
      },
    };
  }

  #sessionOf(auth: ClientAuth): AuthSession {
    this.#sessions ??= new WeakMap();
    let session = this.#sessions.get(auth);
    if (session === undefined) {
      session = this.#openSession(auth);
      this.#sessions.set(auth, session);
    }
    return session;
  }

  #openSession(auth: ClientAuth): AuthSession {
    const session = new AuthSession(auth, this.#channel);
    if (session.auth.destroy !== undefined) this.#returnable.add(session);
    return session;
  }

  #waitingChanged(): void {
    this.#callReceiver.awaiting();
    const { pending, inBackground } = this.#context;
    if (this.#letsProcessEnd) this.connection.holdProcess?.(pending.count > inBackground);
    if (pending.count === 0 && this.#whenIdle.length > 0) {
      for (const resolve of this.#whenIdle.splice(0)) resolve();
    }
  }

  #message(bytes: Uint8Array, start: number, end: number, owned: boolean): void {
    if (this.#closed) return;
    this.#context.received++;
    const from = this.#reader;
    from.reset(bytes, start, end, owned);
    // A message without xid and type cannot be answered, and cannot belong to one of our calls.
    const type = from.left < 8 ? -1 : from.view.getUint32(start + 4);
    if (type === MessageType.CALL) this.#callReceiver.call(from);
    else {
      if (type === MessageType.REPLY) receiveReply(this.#context, from, this.#reply);
      else dropMalformed(this.#context, from);
      // A late reply is normal, but not if this end has never made a call.
      if (type !== MessageType.REPLY || this.stats.calls === 0) this.#callReceiver.malformed?.(from);
    }
    // A long message has memory of its own, which an idle connection must not keep.
    if (owned) from.reset();
  }

  /**
   * A refused datagram never reached the program (ICMP port unreachable). Which one it was is certain only if all
   * others that were sent have been answered. Any other message that was received may be a call, whose reply may be the
   * refused datagram.
   */
  #isRefusalOfOne(error: TransportError | undefined): boolean {
    const { calls, retransmissions, replies } = this.stats;
    const isOnlyOne = calls + retransmissions - replies === 1 && this.#context.received === replies;
    return error?.code === "TRANSPORT_REFUSED" && isOnlyOne;
  }

  #onEnd(error?: TransportError, reason: Error | undefined = error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closedBy = reason;
    const refused = this.#isRefusalOfOne(error);
    const left = this.#context.left && this.reliable;
    for (const exchange of this.#context.pending.all()) {
      const notRun = exchange.isProved && (left || (refused && exchange.transmissions === 1));
      fail(exchange, disconnected(exchange, reason, notRun));
    }
    this.#callReceiver.closed();
    if (connectionClose.hasSubscribers) {
      connectionClose.publish({ connection: this.connection.info, stats: this.stats, error: reason });
    }
    this.#onClosed?.(error);
  }
}

/** The exchange whose promise is made. An executor of its own for each promise would be one object more. */
let newest: Exchange;

function noteResolve(resolve: Settle): void {
  newest.resolve = resolve;
}

/** The error of calls "exactly-once" over a channel that has no sessions. */
export function noSession(what: string): TypeError {
  return new TypeError(`options.semantics: "exactly-once" does not apply to ${what}; give an address`);
}

/** The connection, whose messages are published if they have subscribers now. */
function watchedConnection(connection: Connection): Connection {
  if (!messageSent.hasSubscribers && !messageReceived.hasSubscribers) return connection;
  const { info } = connection;
  return tapConnection(connection, (direction, bytes) =>
    (direction === "sent" ? messageSent : messageReceived).publish({ connection: info, bytes }),
  );
}

/** @throws RangeError */
export function checkTimeout(timeout: number | undefined): void {
  if (timeout === undefined || timeout >= 0) return;
  throw new RangeError(`timeout is ${String(timeout)}; give milliseconds, 0 or more, or Infinity`);
}
