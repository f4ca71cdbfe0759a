// A server: programs, their implementations, and the connections and listeners that they are served on.
import { acceptNone } from "../auth/none.js";
import { acceptSys } from "../auth/sys.js";
import { longestTimer } from "../base/clock.js";
import { Deadlines } from "../peer/deadlines.js";
import { listenerError, serverRefused } from "../peer/diagnostics.js";
import type { CallSource, Dispatcher } from "../peer/dispatcher.js";
import { Peer } from "../peer/peer.js";
import { placeOf } from "../peer/place.js";
import type { Channel } from "../rpc/call.js";
import { checkOptions } from "../rpc/check-options.js";
import type { Procedures, Program } from "../rpc/program.js";
import type { Implementation } from "../rpc/stubs.js";
import type { Address } from "../transport/address.js";
import { type Connection, type Listener, TransportError } from "../transport/connection.js";
import { openListener } from "../transport/open-listener.js";
import { Refusals } from "../transport/refusals.js";
import { Doorkeeper, type ServerListenOptions, warnIfOpen } from "./accepting.js";
import { Budget, type Usage } from "./budget.js";
import { implementOptions, listenOptions, serverOptions } from "./check.js";
import { Conversation, type Service } from "./conversation.js";
import { limitsOf, withLimits } from "./limits.js";
import { defaultDrain, type RefusedCall, type ServerOptions } from "./options.js";
import { type ImplementOptions, ServedPrograms } from "./programs.js";
import type { ServerCall } from "./server-call.js";
import { UnhandledErrors } from "./unhandled.js";

/** Serves programs on any number of connections and transports at once. Constructing it does no I/O. */
export class Server {
  readonly #options: ServerOptions;
  readonly #programs = new ServedPrograms();
  readonly #service: Service;
  readonly #deadlines = new Deadlines();
  readonly #peers = new Set<Peer>();
  /** Those of `#peers`, and those on connections that somebody else made a Peer of. */
  readonly #conversations = new Set<Conversation>();
  readonly #listeners = new Set<Listener>();
  readonly #closingHooks: (() => unknown)[] = [];
  readonly #unhandled = new UnhandledErrors();
  readonly #doorkeeper = new Doorkeeper();
  readonly #refusals = new Refusals((error) => this.#tellError(error));
  readonly #budget: Budget;
  #closing: Promise<void> | undefined;

  /** @throws TypeError for an option that is wrong or misspelt. */
  constructor(options: ServerOptions = {}) {
    checkOptions(serverOptions, options);
    this.#options = options;
    const limits = limitsOf(options.limits);
    this.#budget = new Budget(limits.totalCallsInFlight, limits.totalBytes);
    const flavors = options.auth ?? [acceptNone(), acceptSys()];
    this.#service = {
      programs: this.#programs,
      auth: new Map(flavors.map((auth) => [auth.flavor, auth])),
      limits,
      budget: this.#budget,
      replyCache: options.replyCache,
      refused: (call) => this.#tellRefused(call),
      failed: (error, call) => this.#tellError(error, call),
      overLimit: (error, remote) => this.#refusals.refusedCall(remote, error),
      cutOff: (error, remote) => this.#refusals.disconnected(remote, error),
      ended: (conversation) => {
        this.#conversations.delete(conversation);
        this.#tellDisconnected(conversation.channel);
      },
    };
  }

  /** What its calls hold now: see `limits.totalCallsInFlight` and `limits.totalBytes`. */
  get usage(): Usage {
    const { calls, bytes } = this.#budget;
    return { calls, bytes };
  }

  /** The programs that are served, one descriptor a version: what a binder is told. */
  get programs(): readonly Program[] {
    return this.#programs.list();
  }

  /** What the server listens with: addresses and netids, as a binder is told. */
  get listeners(): readonly Listener[] {
    return [...this.#listeners];
  }

  /** Whether it was told to close, or was destroyed. */
  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#peers.size;
  }

  /** Serves the calls of connections that somebody else makes a Peer of: a client that is called back, say. */
  get dispatcher(): Dispatcher {
    return { attach: (source: CallSource) => this.#converse(source, false) };
  }

  /**
   * Serves one version of a program. Procedure 0 is answered of itself where it is not declared.
   * @throws TypeError when the version is served already, or the implementation lacks a procedure.
   */
  implement<P extends Procedures>(
    program: Program<P>,
    implementation: Implementation<P>,
    options: ImplementOptions = {},
  ): this {
    checkOptions(implementOptions, options);
    const interceptors = [...(this.#options.interceptors ?? []), ...(options.interceptors ?? [])];
    const { decodedBytes } = this.#service.limits;
    this.#programs.add(program, implementation, { ...options, interceptors, decodedBytes });
    return this;
  }

  /** Serves a connection, whichever end opened it; a closed server ends it. The Peer calls the other end back. */
  accept(connection: Connection): Peer {
    const { xdrLimits, lenient, callbacks } = this.#options;
    const { depth, bytes, elements } = this.#service.limits;
    const peer: Peer = new Peer(connection, {
      dispatcher: { attach: (source: CallSource) => this.#converse(source, true) },
      deadlines: this.#deadlines,
      limits: xdrLimits ?? { depth, bytes, elements },
      lenient,
      auth: callbacks?.auth,
      timeout: callbacks?.timeout,
      onClosed: () => this.#peers.delete(peer),
    });
    this.#peers.add(peer);
    // It came while the server was closing.
    if (this.#closing !== undefined) peer.destroy();
    return peer;
  }

  /**
   * Serves whoever connects to an address (`tcp://127.0.0.1:0`, `udp://[::]:2049`, `unix:/run/add.sock`, `memory:add`).
   * Port 0 takes a free one, which the listener's `address` tells. May be called for several. Where the address is not
   * loopback, `accept` says whether other machines may call, or this one alone. Errors of the listener go
   * to `options.onError`; without one, to the server's `onError`.
   * @example await server.listen("tcp://0.0.0.0:7000", { accept: "network" })
   * @throws TypeError for an option that is wrong or misspelt. TransportError TRANSPORT_LISTEN_FAILED or
   * TRANSPORT_BAD_ADDRESS, or when the server is closing.
   */
  async listen(address: Address | string, options: ServerListenOptions = {}): Promise<Listener> {
    checkOptions(listenOptions, options);
    const { accept, ...others } = options;
    const tell = options.onError ?? ((error: TransportError) => this.#tellError(error));
    const onError = (error: TransportError): void => {
      if (listenerError.hasSubscribers) listenerError.publish({ error });
      tell(error);
    };
    const take = accept === "local" ? this.#takeLocal(onError) : (connection: Connection) => this.accept(connection);
    const listener = await openListener(address, take, withLimits(this.#options.limits, { ...others, onError }));
    warnIfOpen(listener.address, accept);
    if (this.#closing !== undefined) {
      await listener.close();
      throw new TransportError("TRANSPORT_LISTEN_FAILED", "the server is closed; make a new one");
    }
    this.#listeners.add(listener);
    return listener;
  }

  /** Connections and datagrams of other machines that were refused where it listens with `accept: "local"`. */
  get refusedStrangers(): number {
    return this.#doorkeeper.refused;
  }

  /** Where the server listens. */
  get addresses(): readonly Address[] {
    return this.listeners.map(({ address }) => address);
  }

  /** Runs first when the server closes, while it still serves: to unregister from a binder, say. */
  onClosing(hook: () => unknown): void {
    this.#closingHooks.push(hook);
  }

  /**
   * Runs the closing hooks, stops listening and reading, lets the calls in flight finish, and
   * closes all connections. What is not done after `drain` milliseconds (default 5000) is dropped.
   */
  close(options: { readonly drain?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.drain ?? defaultDrain);
    return this.#closing;
  }

  /** Drops all connections and stops listening. Closing hooks do not run. */
  destroy(reason?: Error): void {
    this.#closing ??= Promise.resolve();
    for (const listener of this.#listeners) listener.close().catch((error) => this.#tellError(error));
    this.#listeners.clear();
    for (const peer of [...this.#peers]) peer.destroy(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Serves programs of this machine, and refuses others before anything of theirs is read. */
  #takeLocal(onError: (error: TransportError) => void): (connection: Connection) => void {
    const refusals = new Refusals(onError);
    return (connection) => {
      const refusal = this.#doorkeeper.refusal(connection);
      if (refusal === undefined) {
        this.accept(connection);
        return;
      }
      refusals.report(refusal);
      connection.destroy();
    };
  }

  #converse(source: CallSource, isOwned: boolean): Conversation {
    const conversation = new Conversation(this.#service, source, isOwned);
    this.#conversations.add(conversation);
    if (this.#closing !== undefined) conversation.finished();
    return conversation;
  }

  async #close(drain: number): Promise<void> {
    for (const hook of this.#closingHooks) {
      try {
        await hook();
      } catch (error) {
        this.#tellError(error);
      }
    }
    const listeners = [...this.#listeners].map((listener) => listener.close());
    this.#listeners.clear();
    const conversations = [...this.#conversations].map((conversation) => conversation.finished());
    const peers = [...this.#peers].map((peer) => peer.close());
    await within(drain, Promise.all([...conversations, ...peers]));
    this.destroy();
    await Promise.allSettled(listeners);
  }

  #tellRefused(call: RefusedCall): void {
    if (serverRefused.hasSubscribers) serverRefused.publish(call);
    try {
      this.#options.onRefused?.(call);
    } catch (error) {
      this.#tellError(error);
    }
  }

  #tellDisconnected(peer: Channel): void {
    try {
      this.#options.onDisconnected?.(peer);
    } catch (error) {
      this.#tellError(error);
    }
  }

  #tellError(error: unknown, call?: ServerCall): void {
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
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    if (milliseconds <= longestTimer) timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
