// A channel that is created at the first call, so that its code is loaded only then.
import type { Channel, ChannelCall } from "../rpc/call.js";
import type { Address } from "../transport/address.js";

export class DeferredChannel implements Channel {
  readonly #remote: Address;
  readonly #make: () => Promise<Channel>;
  #making: Promise<Channel> | undefined;
  #made: Channel | undefined;

  /** `remote` is the channel's `remote` until it is created. */
  constructor(remote: Address, make: () => Promise<Channel>) {
    this.#remote = remote;
    this.#make = make;
  }

  get remote(): Address {
    return this.#made?.remote ?? this.#remote;
  }

  call(request: ChannelCall): Promise<unknown> {
    return this.#made?.call(request) ?? this.#channel().then((channel) => channel.call(request));
  }

  /** Calls report why the channel could not be created; there is nothing to close. */
  close(): Promise<void> {
    const gone = (): undefined => undefined;
    return this.#made?.close() ?? this.#channel().then((channel) => channel.close(), gone);
  }

  destroy(reason?: Error): void {
    this.#channel().then(
      (channel) => channel.destroy(reason),
      () => undefined,
    );
  }

  #channel(): Promise<Channel> {
    this.#making ??= this.#make().then((channel) => (this.#made = channel));
    return this.#making;
  }
}
