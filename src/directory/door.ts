// Clients of `dir:/services/time`. All that such a client needs is loaded with its first call: other clients pay nothing.
import { type ClientOptions, type ClientWiring, type ClosableClient, stubsOver } from "../client/index.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import { RpcDisconnected } from "../rpc/errors.js";
import type { Procedures, Program } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";
import type { DirectoryOptions } from "./balance/options.js";

export function isDirectoryTarget(target: unknown): target is string {
  return typeof target === "string" && /^dir:/i.test(target);
}

type Maker = typeof import("./balance/make.js");

/** Not written where it is imported, so that a bundler leaves it alone: no program carries what a mere string may need. */
const maker = "./balance/make.js";

/**
 * `load` brings what makes the channel.
 * @throws TransportError TRANSPORT_BAD_ADDRESS when the target is not written as it has to be.
 */
export function createDirectoryClient<P extends Procedures>(
  wiring: ClientWiring,
  program: Program<P>,
  target: string,
  options: ClientOptions & DirectoryOptions<P>,
  load: () => Promise<Maker> = () => loadMaker(target),
): ClosableClient<P> {
  if (!/^dir:(\/\/[^/]+)?\/[^/]/i.test(target)) {
    const message = `bad target ${JSON.stringify(target)}: write dir:/services/time, or dir://host:port/services/time`;
    throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
  }
  const channel = new DeferredChannel({ kind: "memory", name: target }, async () => {
    const { makeDirectoryChannel } = await load();
    return makeDirectoryChannel(wiring, program, target, options);
  });
  return stubsOver(program, channel, { interceptors: options.interceptors, ownsChannel: true });
}

async function loadMaker(target: string): Promise<Maker> {
  try {
    return await import(maker);
  } catch (cause) {
    const message =
      `what ${target} needs is not beside this program, which seems to be bundled: ` +
      `make the client by createServiceClient of "lupine/directory" instead of createClient`;
    throw new RpcDisconnected(message, { mayHaveRun: false, cause });
  }
}

/** A channel that is made when it is first used. */
class DeferredChannel implements Channel {
  readonly #remote: Address;
  readonly #make: () => Promise<Channel>;
  #making: Promise<Channel> | undefined;
  #made: Channel | undefined;

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

  /** Whoever calls is told why there is no channel; there is nothing to close then. */
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
