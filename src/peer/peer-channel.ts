// A peer as its handlers, its credentials and its dispatcher have it: calls over its connection, also while it is closing.
// Classes, not literals with getters: V8 keeps those with a table of their own, and with it the peer, until the next full collection.
import type { Channel, ChannelCall } from "../rpc/call.js";
import type { Address } from "../transport/address.js";
import type { Connection } from "../transport/connection.js";
import type { Security } from "../transport/tls/security.js";
import type { CallSource } from "./dispatcher.js";

export class PeerChannel implements Channel {
  readonly remote: Address;
  readonly local: Address;
  readonly handle: Channel["handle"];
  readonly call: Channel["call"];
  readonly #peer: Channel & { readonly connection: Connection };

  constructor(peer: Channel & { readonly connection: Connection }, call: (request: ChannelCall) => Promise<unknown>) {
    const { remote, local, handle } = peer.connection.info;
    this.remote = remote;
    this.local = local;
    this.handle = handle;
    this.call = call;
    this.#peer = peer;
  }

  get security(): Security | undefined {
    return this.#peer.security;
  }

  close(): Promise<void> {
    return this.#peer.close();
  }

  destroy(reason?: Error): void {
    this.#peer.destroy(reason);
  }
}

export class PeerSource implements CallSource {
  readonly connection: Connection;
  readonly channel: Channel;
  readonly #pending: { readonly count: number };

  constructor(connection: Connection, channel: Channel, pending: { readonly count: number }) {
    this.connection = connection;
    this.channel = channel;
    this.#pending = pending;
  }

  get awaitsReplies(): boolean {
    return this.#pending.count > 0;
  }
}
