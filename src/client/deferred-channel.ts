// A channel that is created at the first call, so that its code is loaded only then.
import type { Channel, ChannelCall } from "../rpc/call.js";
import type { Address } from "../transport/address.js";

export class DeferredChannel implements Channel {
  readonly #remote: Address;
  readonly #make: () => Promise<Channel>;
  #making: Promise<Channel> | undefined;
  #made: Channel | undefined;
  /** How this channel ended. A later call makes the channel, ends it, and fails as on any closed channel. */
  #end: ((channel: Channel) => unknown) | undefined;

  /** `remote` is the channel's `remote` until it is created. */
  constructor(remote: Address, make: () => Promise<Channel>) {
    this.#remote = remote;
    this.#make = make;
  }

  get remote(): Address {
    return this.#made?.remote ?? this.#remote;
  }

  get security(): Channel["security"] {
    return this.#made?.security;
  }

  call(request: ChannelCall): Promise<unknown> {
    return this.#made?.call(request) ?? this.#channel().then((channel) => channel.call(request));
  }

  /** Calls report why the channel could not be created; there is nothing to close. */
  async close(): Promise<void> {
    await this.#finish((channel) => channel.close());
  }

  destroy(reason?: Error): void {
    this.#finish((channel) => channel.destroy(reason));
  }

  #finish(end: (channel: Channel) => unknown): unknown {
    this.#end = end;
    // A call after this one must find the channel ended.
    return this.#made === undefined ? this.#making?.then(end, () => {}) : end(this.#made);
  }

  #channel(): Promise<Channel> {
    const end = this.#end;
    this.#making ??= this.#make().then((channel) => {
      end?.(channel);
      this.#made = channel;
      return channel;
    });
    return this.#making;
  }
}
