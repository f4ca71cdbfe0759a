// Asks every machine on the networks around at once: a call that binders pass on to the program (CALLIT, RFC 1833
// sections 2.2.1 and 3.2), sent by broadcast over IPv4 and by multicast over IPv6, until the time is over.

import { createSocket, type Socket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { backoffDelay } from "../base/backoff.js";
import { type Clock, systemClock, type Timer } from "../base/clock.js";
import { placeOf } from "../peer/failures.js";
import { warnOfLeftOver } from "../peer/late-failures.js";
import type { OnLeftOver } from "../peer/left-over-warning.js";
import { RpcCodecError } from "../rpc/errors.js";
import type { Procedure, Procedures, Program } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import {
  type BroadcastMessage,
  type BroadcastReply,
  broadcastMessages,
  readBroadcastReply,
} from "./broadcast-message.js";
import { type BroadcastPlace, broadcastPlaces } from "./broadcast-places.js";
import { rpcbindPort } from "./well-known.js";

/** One procedure of a program, with the types of its arguments and its result. */
export interface ProcedureOf<Args extends readonly unknown[], Result> {
  /** The program version. */
  readonly program: Program;
  /** The procedure. */
  readonly procedure: Procedure<Args, Result>;
}

/**
 * Returns one procedure of a program by its method name: the first argument of `broadcast`.
 * @example
 * console.log(procedureOf(ADD_VERS, "add").procedure.number); // 1
 */
export function procedureOf<P extends Procedures, M extends keyof P & string>(
  program: Program<P>,
  method: M,
): P[M] extends Procedure<infer Args, infer Result> ? ProcedureOf<Args, Result> : never {
  return { program, procedure: program.procedures[method] } as never;
}

/** Options of `broadcast`. */
export interface BroadcastOptions {
  /** Names of network interfaces, such as "eth0". Default: all that are up, except loopback. */
  readonly interfaces?: readonly string[] | undefined;
  /** Milliseconds for which answers are collected. Default 5000. */
  readonly timeout?: number | undefined;
  /** Milliseconds before the broadcast is sent again; each further wait is twice as long. Default 500. */
  readonly first?: number | undefined;
  /** Versions of the binders' protocol to speak: 2 and 3, both by default. Over IPv6 only 3 is spoken. */
  readonly versions?: readonly (2 | 3)[] | undefined;
  /** Port of the binders. Default 111. */
  readonly port?: number | undefined;
  /** Aborting it ends the loop with the signal's reason. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** The clock for `timeout` and `first`. Default: the machine's; a `FakeClock` in tests. */
  readonly clock?: Clock | undefined;
  /**
   * Called once for each server whose answer cannot be decoded (RPC_CANT_DECODE_RESULT, with the server's address). The
   * answer is left out. Default: `process.emitWarning`, for the first one.
   */
  readonly onError?: ((error: RpcCodecError) => void) | undefined;
  /** Called when bytes follow a complete result. The result is accepted. Default: `process.emitWarning`, for the first one. */
  readonly onLeftOver?: OnLeftOver | undefined;
  /** True: bytes that follow a complete result are an error, which `onError` receives. Default false. */
  readonly strict?: boolean | undefined;
}

/** The answer of one server to a broadcast. */
export interface BroadcastAnswer<Result> {
  /** The UDP address of the program: a target for `createClient`. */
  readonly from: Address;
  /** The decoded result. */
  readonly result: Result;
}

/** Milliseconds for which a broadcast collects answers by default. */
export const defaultBroadcastTimeout = 5_000;
const defaultFirst = 500;

/** The most answers that wait to be read; further ones are dropped. */
export const longestAnswerQueue = 10_000;

/** See `broadcast` of everyday.ts, which checks the options. */
export async function* answersOf<Args extends readonly unknown[], Result>(
  what: ProcedureOf<Args, Result>,
  args: Args,
  options: BroadcastOptions,
): AsyncGenerator<BroadcastAnswer<Result>, void, undefined> {
  const { signal, versions = [2, 3], port = rpcbindPort } = options;
  signal?.throwIfAborted();
  const places = broadcastPlaces(networkInterfaces(), options.interfaces);
  const messages = broadcastMessages(what, args, versions);
  const session = new BroadcastSession<Result>(what as unknown as Called<Result>, messages, port, options);
  const stop = (): void => session.end();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await session.open(places);
    session.start(options.timeout ?? defaultBroadcastTimeout, options.first ?? defaultFirst);
    yield* session.answers();
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener("abort", stop);
    session.end();
  }
}

type Called<Result> = ProcedureOf<readonly unknown[], Result>;

class BroadcastSession<Result> {
  readonly #what: Called<Result>;
  readonly #messages: readonly BroadcastMessage[];
  readonly #port: number;
  readonly #onError: (error: RpcCodecError) => void;
  readonly #onLeftOver: OnLeftOver | undefined;
  readonly #clock: Clock;
  readonly #sockets: { readonly socket: Socket; readonly place: BroadcastPlace }[] = [];
  readonly #answered = new Set<string>();
  #queue: BroadcastAnswer<Result>[] = [];
  #wake: (() => void) | undefined;
  #deadline: Timer | undefined;
  #repeat: Timer | undefined;
  #ended = false;

  constructor(
    what: Called<Result>,
    messages: readonly BroadcastMessage[],
    port: number,
    { onError, onLeftOver, strict, clock = systemClock }: BroadcastOptions,
  ) {
    this.#what = what;
    this.#messages = messages;
    this.#port = port;
    this.#clock = clock;
    this.#onError = onError ?? warnOfFirst();
    this.#onLeftOver = strict === true ? undefined : (onLeftOver ?? warnOfLeftOver());
  }

  /** One socket for each place, so that answers arrive on the interface on which the question was sent. */
  async open(places: readonly BroadcastPlace[]): Promise<void> {
    for (const place of places) {
      if (this.#ended) return;
      const socket = createSocket({ type: place.isVersion6 ? "udp6" : "udp4" });
      this.#sockets.push({ socket, place });
      socket.on("message", (bytes, from) => this.#arrived(bytes, from));
      // A datagram that cannot be sent is lost, as any datagram may be: another interface may work.
      socket.on("error", () => {});
      await bind(socket, place);
    }
  }

  start(timeout: number, first: number): void {
    this.#deadline = this.#clock.setTimeout(() => this.end(), timeout);
    this.#transmit(first);
  }

  async *answers(): AsyncGenerator<BroadcastAnswer<Result>, void, undefined> {
    for (;;) {
      const queue = this.#queue;
      this.#queue = [];
      yield* queue;
      if (this.#queue.length > 0) continue;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#clock.clearTimeout(this.#deadline);
    this.#clock.clearTimeout(this.#repeat);
    for (const { socket } of this.#sockets) socket.close();
    this.#wake?.();
  }

  #transmit(first: number, times = 1): void {
    for (const { socket, place } of this.#sockets) {
      for (const { version, bytes } of this.#messages) {
        if (place.isVersion6 && version === 2) continue;
        for (const destination of place.destinations) socket.send(bytes, this.#port, destination, () => {});
      }
    }
    // A timer of more milliseconds would fire at once.
    const backoff = { first, factor: 2, most: 2 ** 31 - 1, jitter: 0 };
    this.#repeat = this.#clock.setTimeout(() => this.#transmit(first, times + 1), backoffDelay(backoff, times, 0));
  }

  #arrived(bytes: Buffer, { address, family }: { readonly address: string; readonly family: string }): void {
    if (this.#ended || this.#answered.size >= longestAnswerQueue) return;
    let reply: BroadcastReply<Result> | undefined;
    try {
      reply = readBroadcastReply(this.#messages, this.#what, bytes, family === "IPv6");
    } catch (cause) {
      if (this.#isNew(address)) this.#refuse({ kind: "udp", host: address, port: this.#port }, cause as Error);
      return;
    }
    if (reply === undefined || !this.#isNew(`${address} ${reply.port}`)) return;
    const from: Address = { kind: "udp", host: address, port: reply.port };
    if (reply.leftOver > 0 && !this.#takeLeftOver(from, reply.leftOver)) return;
    this.#queue.push({ from, result: reply.result });
    this.#wake?.();
  }

  #isNew(key: string): boolean {
    if (this.#answered.has(key)) return false;
    this.#answered.add(key);
    return true;
  }

  /** @returns false if the answer is rejected because of them. */
  #takeLeftOver(from: Address, bytes: number): boolean {
    if (this.#onLeftOver === undefined) {
      this.#refuse(from, new Error(`${bytes} bytes left over after the result (options.strict refuses them)`));
      return false;
    }
    guarded(() => this.#onLeftOver?.({ ...placeOf(this.#what, from), bytes }));
    return true;
  }

  #refuse(from: Address, cause: Error): void {
    const message = `an answer to the broadcast cannot be decoded: ${cause.message}`;
    const options = { place: placeOf(this.#what, from), mayHaveRun: true, cause };
    guarded(() => this.#onError(new RpcCodecError("RPC_CANT_DECODE_RESULT", message, options)));
  }
}

/** An error of the callback must not end the broadcast. */
function guarded(tell: () => void): void {
  try {
    tell();
  } catch {
    // There is nothing left to report it to.
  }
}

function warnOfFirst(): (error: RpcCodecError) => void {
  let isFirst = true;
  return (error) => {
    if (isFirst) process.emitWarning(error.message, { type: "LupineWarning", code: "LUPINE_BROADCAST" });
    isFirst = false;
  };
}

function bind(socket: Socket, { source, isVersion6, name }: BroadcastPlace): Promise<void> {
  return new Promise((resolve) => {
    // Skip an interface that was removed in the meantime.
    socket.once("error", () => resolve());
    socket.bind(0, isVersion6 ? "::" : source, () => {
      try {
        if (isVersion6) socket.setMulticastInterface(`::%${name}`);
        else socket.setBroadcast(true);
      } catch {
        // The interface was removed in the meantime.
      }
      resolve();
    });
  });
}
