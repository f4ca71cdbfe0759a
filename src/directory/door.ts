// Clients of `dir:/services/time`. Invalid options are reported here; everything else that they need is loaded with their
// first call: other clients pay nothing.
import {
  type ClientOptions,
  type ClientWiring,
  type ClosableClient,
  clientOptions,
  stubsOver,
} from "../client/index.js";
import { checkTimeout } from "../peer/peer.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import { checkOptions } from "../rpc/check-options.js";
import { RpcDisconnected } from "../rpc/errors.js";
import type { Procedures, Program } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";
import type { DirectoryOptions } from "./balance/options.js";
import { checkPath } from "./path.js";

export function isDirectoryTarget(target: unknown): target is string {
  return typeof target === "string" && /^dir:/i.test(target);
}

type Maker = typeof import("./balance/make.js");

/** Not written where it is imported, so that a bundler leaves it alone: no program carries what a mere string may need. */
const maker = "./balance/make.js";

/**
 * `load` brings what makes the channel.
 * @throws TransportError TRANSPORT_BAD_ADDRESS when the target is not written as it has to be, DirectoryError
 * DIRECTORY_BAD_PATH if its path is invalid, TypeError for options that are wrong or contradict it, RangeError for an
 * invalid timeout.
 */
export function createDirectoryClient<P extends Procedures>(
  wiring: ClientWiring,
  program: Program<P>,
  target: string,
  options: ClientOptions & DirectoryOptions<P>,
  load: () => Promise<Maker> = () => loadMaker(target),
): ClosableClient<P> {
  const parts = /^dir:(\/\/[^/]+)?(\/[^/].*)$/is.exec(target);
  if (parts === null) {
    const message = `bad target ${JSON.stringify(target)}: write dir:/services/time, or dir://host:port/services/time`;
    throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
  }
  checkPath(parts[2] as string);
  checkOptions(clientOptions, options);
  checkServiceOptions(program, options, parts[1] !== undefined);
  const channel = new DeferredChannel({ kind: "memory", name: target }, async () => {
    const { makeDirectoryChannel } = await load();
    return makeDirectoryChannel(wiring, program, target, options);
  });
  return stubsOver(program, channel, { interceptors: options.interceptors, ownsChannel: true });
}

/** Checks that need no other module; kept short, because clients of addresses carry it too. */
function checkServiceOptions<P extends Procedures>(
  { name, procedures }: Program<P>,
  { directory, idempotent, balance, times, timeout }: ClientOptions & DirectoryOptions<P>,
  isNamed: boolean,
): void {
  checkTimeout(timeout);
  if (directory !== undefined) {
    if (isNamed) wrong("directory", "the target names its directory");
    if (typeof directory !== "string" && !("engine" in Object(directory))) {
      wrong("directory", "give a URL, or await openDirectory()");
    }
  }
  if (balance !== undefined && !balances.includes(balance))
    wrong("balance", `${balance} is not one of ${balances.join(", ")}`);
  for (const one of idempotent === true ? [] : (idempotent ?? [])) {
    if (!Object.hasOwn(procedures, one)) wrong("idempotent", `${name} has no procedure ${one}`);
  }
  // Their names are checked where they are used.
  for (const [time, value] of Object.entries(times ?? {})) {
    if (!((value as number) >= 0 || time === "quarantine")) wrong(`times.${time}`, `${value} is no time`);
  }
}

const balances: readonly string[] = ["round-robin", "least-busy", "sticky"];

function wrong(option: string, why: string): never {
  throw new TypeError(`options.${option}: ${why}`);
}

async function loadMaker(target: string): Promise<Maker> {
  try {
    return await import(maker);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EMFILE" || code === "ENFILE") {
      throw new RpcDisconnected(`what ${target} needs cannot be loaded: out of file descriptors`, {
        mayHaveRun: false,
        cause,
      });
    }
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

  /** A failed attempt is reported to the calls; there is nothing to close then. */
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
