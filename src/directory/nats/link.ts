// The connection to NATS over its life: lost connections are replaced without limit, subscriptions move to the new one.
// It does not keep the process alive; waiting requests do, by their own timers.
import { systemClock } from "../../base/clock.js";
import { pause, waitAtMost } from "../../base/wait.js";
import type { Connector } from "./connect.js";
import { letProcessEnd } from "./let-process-end.js";
import type {
  Message,
  NatsConnection,
  PublishOptions,
  RequestOptions,
  SubscribeOptions,
  Subscription,
} from "./packages.js";

/**
 * Milliseconds between two attempts; a random time of up to the same length is added, so that clients do not all come
 * at once.
 */
const reconnectWait = 250;
/** Milliseconds. */
const longestFlush = 5_000;

interface Subscribed {
  readonly subject: string;
  readonly options: SubscribeOptions;
  live: Subscription | undefined;
}

/** The part of a connection that the store and the bucket use. */
export type Messages = Pick<NatsConnection, "publish" | "request" | "subscribe" | "isClosed" | "info">;

/** Called when the state of the connection changes. */
export interface LinkListener {
  lost(): void;
  /** Called after the subscriptions were made again. */
  restored(): void;
}

/** A connection to NATS that is replaced when it is lost. */
export class NatsLink implements Messages {
  readonly #connector: Connector;
  readonly #subscribed = new Set<Subscribed>();
  #current: NatsConnection;
  #isConnected = true;
  #isClosed = false;
  #listener: LinkListener | undefined;

  constructor(connection: NatsConnection, connector: Connector) {
    this.#connector = connector;
    this.#current = connection;
    this.#take(connection);
  }

  /** The server's information about the last connection. */
  get info(): NatsConnection["info"] {
    return this.#current.info;
  }

  follow(listener: LinkListener): void {
    this.#listener = listener;
  }

  isClosed(): boolean {
    return this.#isClosed || !this.#isConnected;
  }

  publish(subject: string, payload?: Uint8Array | string, options?: PublishOptions): void {
    if (!this.isClosed()) this.#current.publish(subject, payload, options);
  }

  /** Resolves when the server has processed what was sent before, or the connection is lost or silent. */
  async flush(): Promise<void> {
    // The timer keeps the process alive meanwhile.
    if (!this.isClosed()) await waitAtMost(longestFlush, this.#current.flush()).catch(() => {});
  }

  async request(subject: string, payload: Uint8Array | string, options: RequestOptions): Promise<Message> {
    if (this.isClosed()) throw new Error("the connection is lost");
    return this.#current.request(subject, payload, options);
  }

  subscribe(subject: string, options: SubscribeOptions): Subscription {
    const one: Subscribed = { subject, options, live: undefined };
    this.#subscribed.add(one);
    if (!this.isClosed()) this.#start(one);
    return {
      unsubscribe: () => {
        this.#subscribed.delete(one);
        if (!this.isClosed()) one.live?.unsubscribe();
      },
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#subscribed.clear();
    await this.#current.close();
  }

  #take(connection: NatsConnection): void {
    this.#current = connection;
    this.#isConnected = true;
    letProcessEnd(connection);
    void this.#watch(connection);
    void connection.closed().then(() => this.#replace());
  }

  /** The event "disconnect" arrives before waiting requests are ended. */
  async #watch(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === "ping") letProcessEnd(connection);
      if (type === "disconnect" || type === "close") this.#lose();
    }
  }

  #lose(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.#listener?.lost();
  }

  async #replace(): Promise<void> {
    this.#lose();
    while (!this.#isClosed) {
      const connection = await this.#connector.again(this.#current).catch(() => undefined);
      if (this.#isClosed) return connection?.close();
      if (connection !== undefined) {
        this.#take(connection);
        for (const one of this.#subscribed) this.#start(one);
        this.#listener?.restored();
        return;
      }
      await pause(reconnectWait * (1 + systemClock.random()), { background: true });
    }
  }

  /** If the connection ends meanwhile, it is replaced, and the subscription is made on the next one. */
  #start(one: Subscribed): void {
    try {
      one.live = this.#current.subscribe(one.subject, one.options);
    } catch {
      one.live = undefined;
    }
  }
}
