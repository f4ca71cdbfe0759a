// A server: programs, their implementations, and the connections and listeners that they are served on.
import { acceptNone } from "../auth/accept-none.js";
import { acceptSys } from "../auth/sys.js";
import { Bag } from "../base/bag.js";
import { checkOptions } from "../base/check-options.js";
import { waitAtMost } from "../base/wait.js";
import { isLoopback } from "../machine/ip-address.js";
import { Deadlines } from "../peer/deadlines.js";
import { listenerError, serverRefused, serverRepeated } from "../peer/diagnostics.js";
import type { CallSource, Dispatcher } from "../peer/dispatcher.js";
import { placeOf } from "../peer/failures.js";
import { Peer } from "../peer/peer.js";
import type { Channel } from "../rpc/call.js";
import type { Procedures, Program } from "../rpc/program.js";
import { emptyCallMessage } from "../rpc/served-header.js";
import type { Implementation } from "../rpc/stubs.js";
import type { Address } from "../transport/address.js";
import { netidOf } from "../transport/address-forms.js";
import { totalOf } from "../transport/budget.js";
import type { Connection, Listener } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import { listenAt } from "../transport/open-listener.js";
import { Refusals } from "../transport/refusals.js";
import { XdrReader } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";
import type { Doorkeeper, ServerListenOptions } from "./accepting.js";
import { ServerBudget, type Usage } from "./budget.js";
import { Callers } from "./caller-key.js";
import { implementOptions, listenOptions, serverOptions } from "./check.js";
import { Conversation, type Service } from "./conversation.js";
import { receive } from "./dispatcher.js";
import { limitsOf, ownTotal, withLimits } from "./limits.js";
import { loadRepliesInMemory, memoryReplyCache } from "./memory-reply-cache.js";
import { defaultDrain, type RefusedCall, type RepeatedCall, type ServerOptions, type ServerStats } from "./options.js";
import { type ImplementOptions, ServedPrograms } from "./programs.js";
import { scratchSize, sendRefusal } from "./replies.js";
import { decode } from "./running.js";
import { type ServerCall, writeReply } from "./server-call.js";
import type { TlsGuard } from "./tls.js";
import { UnhandledErrors } from "./unhandled.js";
import type { CallWithin, ReplyWithin, Within } from "./within.js";

/** Clients repeat calls that they send as datagrams, but not those over streams. */
const ownCache = { streams: false };
const counterOf = { join: "joins", replay: "replays", "false-retry": "falseRetries" } as const;

/**
 * Serves programs on any number of addresses and transports at once. The constructor opens nothing. An error in one call or
 * connection never affects the others.
 * @example
 * await using server = new Server();
 * server.implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * await using client = createClient(ADD_VERS, address);
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #programs = new ServedPrograms();
  readonly #service: Service;
  readonly #deadlines: Deadlines;
  /** All conversations, including those on connections that other code has opened. */
  readonly #conversations = new Bag<Conversation>();
  readonly #listeners = new Set<Listener>();
  readonly #closingHooks: ((drain: number) => unknown)[] = [];
  readonly #unhandled = new UnhandledErrors();
  #doorkeeper: Doorkeeper | undefined;
  readonly #budget: ServerBudget;
  readonly #repeated = { joins: 0, replays: 0, falseRetries: 0 };
  #closing: Promise<void> | undefined;
  #within: Within | undefined;

  /**
   * Opens nothing: `listen` and `accept` do.
   * @throws TypeError for an option that is wrong or misspelt.
   */
  constructor(options: ServerOptions = {}) {
    checkOptions(serverOptions, options);
    this.#options = options;
    this.#deadlines = new Deadlines(options.clock);
    const newRefusals = (): Refusals =>
      new Refusals(
        (error) => this.reportError(error),
        () => this.#deadlines.now(),
      );
    const refusals = newRefusals();
    // Anybody can send messages that are not RPC, so their reports must not use up the number of the others.
    const dropped = newRefusals();
    const limits = limitsOf(options.limits);
    this.#budget = new ServerBudget(ownTotal(options.limits) ?? totalOf(this.#deadlines.clock));
    const flavors = options.auth ?? [acceptNone(), acceptSys()];
    this.#service = {
      programs: this.#programs,
      auth: new Map(flavors.map((auth) => [auth.flavor, auth])),
      limits,
      budget: this.#budget,
      replyCache: options.replyCache === false ? undefined : (options.replyCache ?? memoryReplyCache(ownCache)),
      scratch: new XdrWriter({ capacity: scratchSize }),
      repeated: (call) => this.#tellRepeated(call),
      refused: (call) => this.#tellRefused(call),
      failed: (error, call) => this.reportError(error, call),
      overLimit: (error, remote) => refusals.refusedCall(remote, () => error),
      dropped: (describe, remote) => dropped.refusedCall(remote, describe),
      cutOff: (error, remote) => refusals.disconnected(remote, error),
      ended: (conversation) => {
        this.#conversations.remove(conversation);
        this.#tellDisconnected(conversation.channel);
      },
    };
  }

  /** The number of running calls, and the bytes that they hold. The limits are `limits.totalCallsInFlight` and `limits.totalBytes`. */
  get usage(): Usage {
    const { calls, bytes } = this.#budget;
    return { calls, bytes };
  }

  /** Counts of repeated calls that the server recognised since it was created. */
  get stats(): ServerStats {
    const { joins, replays, falseRetries } = this.#repeated;
    return { duplicates: joins + replays, joins, replays, falseRetries };
  }

  /** The program versions that the server implements. */
  get programs(): readonly Program[] {
    return this.#programs.list();
  }

  /** The open listeners, with their addresses and network identifiers. */
  get listeners(): readonly Listener[] {
    return [...this.#listeners];
  }

  /** True from the first call of `close` or `destroy` on. */
  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#own.length;
  }

  /** Serves the calls that arrive on a Peer which other code has made, such as the connection of a client that serves callbacks. */
  get dispatcher(): Dispatcher {
    return {
      attach: (source: CallSource, needsProof) =>
        Object.assign(this.#converse(source, false), { needsProof: needsProof && !source.channel.security }),
    };
  }

  /**
   * Implements one version of a program. Procedure 0 is answered automatically if the interface does not declare it. Members of
   * `implementation` that are not procedures of this version are ignored, so that one object can implement several versions.
   * @throws TypeError if the version is implemented already, or a procedure has no function.
   */
  implement<P extends Procedures>(
    program: Program<P>,
    implementation: Implementation<P>,
    options: ImplementOptions = {},
  ): this {
    checkOptions(implementOptions, options);
    const interceptors = [...(this.#options.interceptors ?? []), ...(options.interceptors ?? [])];
    const { decodedBytes } = this.#service.limits;
    Object.values(program.procedures)
      .find(({ stream }) => stream)
      ?.stream?.serve(this);
    this.#programs.add(program, implementation, { ...options, interceptors, decodedBytes });
    return this;
  }

  /**
   * Serves a CALL message that arrived as an argument of another call, with its own credential, as if it had come over the same connection. Returns
   * the REPLY message, or a promise of it if the handler is asynchronous; undefined if the call gets no reply. For programs that forward calls, such
   * as sessions.
   */
  answerWithin(call: CallWithin): ReplyWithin | Promise<ReplyWithin> {
    if (this.#within !== undefined) return this.#within.answer(call);
    // Few servers need it.
    return import("./within.js").then(({ Within }) => {
      const parts = { receive, decode, sendRefusal, writeReply, netidOf, Callers, XdrReader, XdrWriter };
      this.#within ??= new Within(this.#service, this.#reading, emptyCallMessage(), parts);
      return this.#within.answer(call);
    });
  }

  /** @internal Calls `onError` for an error of a call that has no part in its reply. Never throws. */
  reportError(error: unknown, call?: FailedCall): void {
    const { onError } = this.#options;
    const place = call === undefined ? undefined : placeOf(call, call.remote, call.xid);
    if (onError === undefined) {
      this.#unhandled.report(error, place);
      return;
    }
    try {
      onError(error, place);
    } catch (thrown) {
      this.#unhandled.report(thrown);
    }
  }

  /**
   * Serves an open connection, whichever end opened it. If the server is closed, it closes the connection. The returned Peer can call the other end
   * back.
   */
  accept(connection: Connection): Peer {
    return this.#serve(connection);
  }

  /** How messages are read. */
  get #reading() {
    const { xdrLimits, lenient } = this.#options;
    const { depth, bytes, elements } = this.#service.limits;
    return { limits: xdrLimits ?? { depth, bytes, elements }, lenient };
  }

  #serve(connection: Connection, guard?: TlsGuard): Peer {
    const { callbacks } = this.#options;
    const peer = new Peer(connection, {
      dispatcher: { attach: (source: CallSource) => this.#converse(source, true, guard) },
      deadlines: this.#deadlines,
      ...this.#reading,
      auth: callbacks?.auth,
      timeout: callbacks?.timeout,
      budget: this.#budget,
    });
    // The connection was opened while the server was closing.
    if (this.#closing !== undefined) peer.destroy();
    return peer;
  }

  /**
   * Listens on an address: `tcp://127.0.0.1:0`, `udp://[::]:2049`, `unix:/run/add.sock` or `memory:add`. With port 0 the system chooses a port; read
   * it from the listener's `address`. Call it once for each address. If the address is not
   * loopback, set `accept` to say whether other machines may call. Errors of the listener go to `options.onError`, or else
   * to the server's `onError`; connections that are open stay open.
   * @throws TypeError for an unknown or invalid option. TransportError TRANSPORT_LISTEN_FAILED if the address cannot be
   * opened, TRANSPORT_BAD_ADDRESS if it is malformed; also if the server is closing.
   * @example
   * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
   * const { netid } = await server.listen("tcp://127.0.0.1:0", { accept: "local" });
   * console.log(netid); // tcp
   */
  async listen(address: Address | string, options: ServerListenOptions = {}): Promise<Listener> {
    checkOptions(listenOptions, options);
    const { accept, tls, ...others } = options;
    const tell = options.onError ?? ((error: TransportError) => this.reportError(error));
    const onError = (error: TransportError): void => {
      if (listenerError.hasSubscribers) listenerError.publish({ error });
      tell(error);
    };
    const keeper = accept === "local" ? await this.#loadDoorkeeper() : undefined;
    const gate = tls && (await (await import("./tls.js")).TlsGate.open(address, tls, onError, options.schemes));
    const serve = (connection: Connection): Peer => this.#serve(connection, gate?.guard(this.#service));
    const take = keeper ? takeLocal(keeper, onError, serve) : serve;
    const listener = await listenAt(address, take, withLimits(this.#options.limits, { ...others, onError }));
    if (accept === undefined && "host" in listener.address && !isLoopback(listener.address.host)) {
      (await import("./accepting.js")).warnOfOpen(listener.address);
    }
    // Load the reply cache now, so that the first datagram need not wait for it. If loading fails, that datagram tries again.
    if (listener.address.kind === "udp") await loadRepliesInMemory().catch(() => undefined);
    if (this.#closing !== undefined) {
      await listener.close();
      throw new TransportError("TRANSPORT_LISTEN_FAILED", "the server is closed; make a new one");
    }
    this.#listeners.add(listener);
    return listener;
  }

  /** The number of connections and datagrams from other machines that were refused because of `accept: "local"`. */
  get refusedStrangers(): number {
    return this.#doorkeeper?.refused ?? 0;
  }

  /** The addresses that the server listens on. */
  get addresses(): readonly Address[] {
    return this.listeners.map(({ address }) => address);
  }

  /**
   * Adds a function that `close` runs first, while the server still serves, for example to unregister. It gets the milliseconds of
   * `close({ drain })`. An error that it throws goes to `onError`. `destroy` does not run it.
   */
  onClosing(hook: (drain: number) => unknown): void {
    this.#closingHooks.push(hook);
  }

  /**
   * Runs the closing hooks, stops listening and reading, waits for the calls in flight, and closes all connections. Calls
   * that are still running after `drain` milliseconds (default 5000) are dropped: their callers get RpcDisconnected.
   * @throws TypeError for an option that is unknown or invalid.
   */
  close(options: { readonly drain?: number } = {}): Promise<void> {
    checkOptions({ drain: "time" }, options);
    this.#closing ??= this.#close(options.drain ?? defaultDrain);
    return this.#closing;
  }

  /**
   * Closes all connections and listeners at once. Callers of calls in flight get RpcDisconnected. Closing hooks do not run.
   */
  destroy(reason?: Error): void {
    this.#closing ??= Promise.resolve();
    for (const listener of this.#listeners) listener.close().catch((error) => this.reportError(error));
    this.#listeners.clear();
    for (const { channel } of this.#own) channel.destroy(reason);
  }

  /** The same as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #loadDoorkeeper(): Promise<Doorkeeper> {
    const { Doorkeeper } = await import("./accepting.js");
    this.#doorkeeper ??= new Doorkeeper();
    return this.#doorkeeper;
  }

  #converse(source: CallSource, isOwned: boolean, guard?: TlsGuard): Conversation {
    const conversation = new Conversation(guard?.service ?? this.#service, source, isOwned);
    guard?.watch(conversation);
    this.#conversations.add(conversation);
    if (this.#closing !== undefined) conversation.finished();
    return conversation;
  }

  get #own(): Conversation[] {
    return this.#conversations.members.filter(({ isOwned }) => isOwned);
  }

  async #close(drain: number): Promise<void> {
    for (const hook of this.#closingHooks) {
      try {
        await hook(drain);
      } catch (error) {
        this.reportError(error);
      }
    }
    const listeners = [...this.#listeners].map((listener) => listener.close());
    this.#listeners.clear();
    const conversations = this.#conversations.members.map((conversation) => conversation.finished());
    const peers = this.#own.map(({ channel }) => channel.close());
    // Calls that outlive their connections.
    const lasting = [this.#within?.idle(), this.#service.replyCache?.whenStored?.()];
    await waitAtMost(drain, Promise.all([...conversations, ...peers, ...lasting]), this.#deadlines.clock);
    this.destroy();
    await Promise.allSettled(listeners);
  }

  #tellRefused(call: RefusedCall): void {
    if (serverRefused.hasSubscribers) serverRefused.publish(call);
    try {
      this.#options.onRefused?.(call);
    } catch (error) {
      this.reportError(error);
    }
  }

  #tellRepeated(call: RepeatedCall): void {
    this.#repeated[counterOf[call.kind]]++;
    if (serverRepeated.hasSubscribers) serverRepeated.publish(call);
  }

  #tellDisconnected(peer: Channel): void {
    try {
      this.#options.onDisconnected?.(peer);
    } catch (error) {
      this.reportError(error);
    }
  }
}

/** The call that an error belongs to. */
type FailedCall = Pick<ServerCall, "program" | "procedure" | "remote" | "xid">;

/** Serves programs on this machine, and refuses other machines before any of their data is read. */
function takeLocal(
  keeper: Doorkeeper,
  onError: (error: TransportError) => void,
  serve: (connection: Connection) => unknown,
): (connection: Connection) => void {
  const refusals = new Refusals(onError);
  return (connection) => {
    const refusal = keeper.refusal(connection);
    if (refusal === undefined) {
      serve(connection);
      return;
    }
    refusals.report(refusal);
    connection.destroy();
  };
}
