// The engine's connection to a directory server: finds the server, connects, and reconnects after the connection was
// lost.
import { type Clock, systemClock } from "../../base/clock.js";
import { rpcbindLocator } from "../../binding/locate.js";
import { tlsOf } from "../../client/connect.js";
import { defaultConnectTimeout } from "../../client/live-channel.js";
import type { Found, Locator } from "../../client/locator.js";
import { openPeer } from "../../client/open-peer.js";
import { ReconnectingChannel } from "../../client/reconnecting-channel.js";
import { stubsOver } from "../../client/stubs.js";
import { type Destination, destinationOf, destinationText } from "../../client/target.js";
import type { Peer } from "../../peer/peer.js";
import { RpcDisconnected, RpcError, type RpcTimeout } from "../../rpc/errors.js";
import type { Client } from "../../rpc/stubs.js";
import { type Address, formatAddress } from "../../transport/address.js";
import { DIRECTORY_V1, type DIRECTORY_V1_Procedures } from "../directory.gen.js";
import type { OpenDirectoryOptions } from "../engine.js";
import { directoryPort } from "./limits.js";

/** Waits between attempts to reach an unavailable directory, in milliseconds. All questions share one attempt. */
const backoff = { first: 20, factor: 2, most: 500, jitter: 0.5 };

/**
 * Milliseconds that a host's binder may take to report the directory's address. Without an answer the directory's own
 * port is used.
 */
const binderTimeout = 1_000;

/** Milliseconds without an answer after which a connection is closed. Calls with a shorter timeout do not count. */
const silence = 200;

/** How much had been received on a connection at some moment. */
export interface Heard {
  readonly peer: Peer | undefined;
  readonly replies: number;
  readonly at: number;
}

export interface ConnectionOptions extends Pick<OpenDirectoryOptions, "clock" | "tls" | "auth"> {
  /** Default: the host's binder. */
  readonly locate?: Locator;
}

/** A connection to a directory server. It is made with the first question: the constructor does no I/O. */
export class DirectoryConnection {
  readonly client: Client<DIRECTORY_V1_Procedures>;
  readonly clock: Clock;
  readonly #channel: ReconnectingChannel;
  readonly #target: string;
  readonly #lost = new Set<() => void>();
  readonly #locate: Locator;
  readonly #options: ConnectionOptions;
  #peer: Peer | undefined;
  #address: Address | undefined;
  /** Whether the last known address was tried since a directory last answered there. */
  #tried = false;

  /** @throws TransportError TRANSPORT_BAD_ADDRESS */
  constructor(url: string, options: ConnectionOptions = {}) {
    const { locate = rpcbindLocator({ timeout: binderTimeout }), clock = systemClock } = options;
    this.#options = options;
    this.clock = clock;
    const destination = destinationOf(/^[^:/[]+:\d+$/.test(url) ? `tcp://${url}` : url, {});
    this.#target = destinationText(destination);
    this.#locate = locate;
    this.#channel = new ReconnectingChannel(({ signal }) => this.#open(destination, signal), {
      remote: destination.kind === "fixed" ? destination.address : { kind: "tcp", host: destination.host, port: 0 },
      target: this.#target,
      renewAfterTimeout: "transport" in destination && destination.transport === "udp",
      backoff,
      clock,
    });
    this.client = stubsOver(DIRECTORY_V1, this.#channel, { ownsChannel: true });
  }

  /** For messages: "directory at tcp://10.0.0.1:10112". */
  get name(): string {
    return `directory at ${this.#address === undefined ? this.#target : formatAddress(this.#address)}`;
  }

  /** Calls the listener whenever an established connection was lost. @returns a function that removes the listener. */
  onLost(listener: () => void): () => void {
    this.#lost.add(listener);
    return () => void this.#lost.delete(listener);
  }

  /** How much has been received. */
  heard(): Heard {
    return { peer: this.#peer, replies: this.#peer?.stats.replies ?? 0, at: this.clock.now() };
  }

  /**
   * A call timed out. If nothing at all was received meanwhile, the connection may be dead, so the next call makes a
   * new one.
   */
  distrust({ peer, replies, at }: Heard, reason: RpcTimeout): void {
    const isSilent = peer !== undefined && peer === this.#peer && peer.stats.replies === replies;
    if (isSilent && this.clock.now() - at >= silence) peer.destroy(reason);
  }

  /** The peer is not a directory, or is closing: the next call looks for the directory again. */
  leave(): void {
    this.#peer?.destroy();
    this.#tried = true;
  }

  /** Closes at once: calls fail, and no new connection is made. */
  destroy(): void {
    this.#lost.clear();
    this.#channel.destroy();
  }

  async #open(destination: Destination, signal: AbortSignal): Promise<Peer> {
    const found = await this.#find(destination, signal);
    const onClosed = (): void => {
      // If several addresses were tried in parallel, closes the others, too.
      if (this.#peer?.connected !== false) return;
      this.#peer = undefined;
      for (const listener of [...this.#lost]) listener();
    };
    const connection = {
      signal,
      timeout: defaultConnectTimeout,
      tls: tlsOf(destination, this.#options, { program: DIRECTORY_V1 }),
    };
    const peer = await openPeer(found, {
      program: DIRECTORY_V1,
      connection,
      peer: { onClosed, letsProcessEnd: true, clock: this.clock, auth: this.#options.auth },
    });
    this.#address = peer.remote;
    this.#peer = peer;
    this.#tried = false;
    return peer;
  }

  /** Tries the last known address first; the directory may have returned at another one. */
  async #find(destination: Destination, signal: AbortSignal): Promise<Found> {
    if (destination.kind === "fixed") return destination.address;
    if (this.#address !== undefined && !this.#tried) {
      this.#tried = true;
      return this.#address;
    }
    const { host, transport } = destination;
    try {
      return await this.#locate({ host, transport, program: DIRECTORY_V1, signal });
    } catch (error) {
      if (!(error instanceof RpcError) || signal.aborted) throw error;
      return { kind: transport === "udp" ? "udp" : "tcp", host, port: directoryPort };
    }
  }
}

/** Whether an immediate retry may help: the connection of the question was lost. */
export function isLostConnection(error: unknown): boolean {
  return error instanceof RpcDisconnected && error.mayHaveRun;
}
