// A peer as its handlers, its credentials and its dispatcher have it: calls over its connection, also while it is closing.
// A class, not literals with getters: V8 keeps those with a table of their own, and with it the peer, until the next full collection.
import type { Channel } from "../rpc/call.js";
import type { Address } from "../transport/address.js";
import type { Connection } from "../transport/connection.js";
import type { Security } from "../transport/tls/security.js";
import type { CallSource } from "./dispatcher.js";

/** The peer. Its own `call` ends when it begins to close. */
interface Owner extends Channel {
  readonly connection: Connection;
  readonly waiting: number;
}

export class PeerChannel implements Channel, CallSource {
  readonly remote: Address;
  readonly calledAs: Address | undefined;
  readonly local: Address;
  readonly handle: Channel["handle"];
  readonly call: Channel["call"];
  readonly #peer: Owner;

  constructor(peer: Owner, call: Channel["call"], calledAs?: Address) {
    const { remote, local, handle } = peer.connection.info;
    this.remote = remote;
    this.calledAs = calledAs;
    this.local = local;
    this.handle = handle;
    this.call = call;
    this.#peer = peer;
  }

  get security(): Security | undefined {
    return this.#peer.security;
  }

  get connection(): Connection {
    return this.#peer.connection;
  }

  get channel(): Channel {
    return this;
  }

  get awaitsReplies(): boolean {
    return this.#peer.waiting > 0;
  }

  close(): Promise<void> {
    return this.#peer.close();
  }

  destroy(reason?: Error): void {
    this.#peer.destroy(reason);
  }
}
