// The worker's end: the object that a module in a worker process gets.
import type { Server as NetServer, Socket } from "node:net";
import { isMainThread, parentPort } from "node:worker_threads";
import { systemClock, type Timer } from "../base/clock.js";
import { waitAtMost } from "../base/wait.js";
import { AttachedConnections } from "./attached-connections.js";
import { orphanDrain, sentError, type ToSupervisor, type ToWorker } from "./messages.js";
import { type SocketHandle, socketOver, takeHandle } from "./socket-handles.js";

/** A worker process, as its own module sees it: the argument of the module's default export. */
export interface Worker {
  /**
   * Adds a function that runs when the worker is asked to leave, for example `() => server.close()`. The worker ends when all of them
   * have resolved, or after `drain` milliseconds. An error that it throws is printed, and does not stop the others.
   */
  onLeaving(hook: () => unknown): void;
  /** True once the worker was asked to leave. */
  readonly leaving: boolean;
  /** Counts calls, for `recycle.calls`. Default 1. */
  count(calls?: number): void;
  /** Sends a value to the supervisor's `onMessage`. It is cloned as by `structuredClone`. */
  send(message: unknown): void;
  /** Receives what the supervisor sends with `processes.sendToAll`. */
  onMessage(receive: (message: unknown) => void): void;
  /** Receives the connections that the supervisor hands over, with the message that came with each. They are paused. */
  onConnection(receive: (socket: Socket, message: unknown) => void): void;
  /**
   * Passes the connections that are handed over to a server of `node:net`, `node:http` or the like, which need not listen. A worker that
   * is to leave waits until they have ended; those of HTTP/1 are closed after their next response, or as idle (`keepAliveTimeout`).
   * The server's own limits hold: `headersTimeout`, `requestTimeout` and `maxConnections`. At that number, and when few file descriptors
   * are left, the connection that was idle for longest, of the address that has most, is closed for a new one.
   */
  attach(server: NetServer): void;
  /**
   * Hands a connection over to another worker, with a message. The connection must be paused, and must not be read or written afterwards. Resolves
   * when this process no longer holds it.
   */
  giveBack(socket: Socket, message: unknown): Promise<void>;
}

/** The module that a worker runs. */
export interface WorkerModule {
  /** Called once, before the worker is ready. */
  readonly default?: unknown;
}

/** The way to the supervisor. */
interface Link {
  send(message: ToSupervisor, handle?: SocketHandle, sent?: () => void): void;
  receive(take: (message: ToWorker, handle: SocketHandle | undefined) => void): void;
  /** Ends the worker, after what was sent has left. */
  end(code: number): void;
}

/**
 * Runs a worker: loads its module, calls `start`, and reports that it is ready. The result of `start` is sent along.
 * Ends the process when the module fails, when the worker has left, or when the supervisor has ended.
 */
export async function runWorker<M>(
  load: () => Promise<M>,
  start: (module: M, worker: ThisWorker) => unknown,
): Promise<void> {
  const link = isMainThread ? processLink() : threadLink();
  const worker = new ThisWorker(link);
  worker.followSupervisor();
  try {
    const about = await start(await load(), worker);
    worker.begin();
    link.send({ kind: "ready", about });
  } catch (error) {
    link.send({ kind: "failed", error: sentError(error) });
    link.end(1);
  }
}

/** The start of a module's default export, if it has one. */
export async function startModule(module: WorkerModule, worker: Worker): Promise<undefined> {
  if (typeof module.default === "function") await module.default(worker);
}

/** The worker, for the code of this room. */
export class ThisWorker implements Worker {
  readonly #link: Link;
  readonly #hooks: (() => unknown)[] = [];
  #beforeEnd: (() => Promise<void>) | undefined;
  readonly #receivers: ((message: unknown) => void)[] = [];
  #take: ((socket: Socket, message: unknown) => void) | undefined;
  #counts = true;
  #leaving = false;
  /** Calls that were not reported yet. */
  #calls = 0;
  #ended = 0;
  #isReporting = false;
  #counting: Timer | undefined;

  constructor(link: Link) {
    this.#link = link;
  }

  get leaving(): boolean {
    return this.#leaving;
  }

  /** True once the supervisor's process has ended. */
  get isOrphan(): boolean {
    return isMainThread && !process.connected;
  }

  /** From now on the worker takes messages and connections. */
  begin(): void {
    this.#link.receive((message, handle) => this.#message(message, handle));
    if (!isMainThread) return;
    // The supervisor decides: a terminal sends Ctrl-C to all processes at once.
    for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
    process.on("SIGTERM", () => this.#link.send({ kind: "replace" }));
  }

  /** Ends the worker when its supervisor has ended, also while it starts. */
  followSupervisor(): void {
    if (!isMainThread) return;
    process.once("disconnect", () => void this.#leave(orphanDrain));
    if (this.isOrphan) void this.#leave(orphanDrain);
  }

  onLeaving(hook: () => unknown): void {
    this.#hooks.push(hook);
  }

  /** Sets what the worker waits for when it has left, just before its process ends. */
  beforeEnd(wait: () => Promise<void>): void {
    this.#beforeEnd = wait;
  }

  count(calls = 1): void {
    this.#calls += calls;
    this.#counting ??= systemClock.setTimeout(() => this.#reportCalls(), reportInterval).unref();
  }

  send(message: unknown): void {
    this.#link.send({ kind: "message", message });
  }

  onMessage(receive: (message: unknown) => void): void {
    this.#receivers.push(receive);
  }

  onConnection(receive: (socket: Socket, message: unknown) => void): void {
    this.#take = receive;
  }

  attach(server: NetServer): void {
    const connections = new AttachedConnections(server);
    this.onConnection((socket) => connections.take(socket));
    this.onLeaving(() => connections.leave());
  }

  giveBack(socket: Socket, message: unknown): Promise<void> {
    const handle = takeHandle(socket);
    if (handle === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#link.send({ kind: "back", message }, handle, resolve));
  }

  #message(message: ToWorker, handle: SocketHandle | undefined): void {
    switch (message.kind) {
      case "ping":
        this.#link.send({ kind: "pong", memory: memoryInUse() });
        return;
      case "leave":
        void this.#leave(message.drain);
        return;
      case "message":
        for (const receive of this.#receivers) receive(message.message);
        return;
      case "connection":
        this.#connection(handle, message.message);
    }
  }

  #connection(handle: SocketHandle | undefined, message: unknown): void {
    // Its other end has closed it meanwhile.
    if (handle === undefined) {
      this.connectionEnded();
      return;
    }
    const socket = socketOver(handle);
    if (this.#counts) socket.once("close", () => this.connectionEnded());
    socket.on("error", () => undefined);
    if (this.#take === undefined) socket.destroy();
    else this.#take(socket, message);
  }

  /** Like `onConnection`, but `receive` must call `connectionEnded` at the end of each connection. */
  takeConnections(receive: (socket: Socket, message: unknown) => void): void {
    this.#counts = false;
    this.#take = receive;
  }

  /** Reports a connection that the worker has accepted itself. */
  connectionBegan(): void {
    this.#ended--;
    this.#reportSoon();
  }

  /** Reports the end of a connection. */
  connectionEnded(): void {
    this.#ended++;
    this.#reportSoon();
  }

  #reportSoon(): void {
    if (this.#isReporting) return;
    this.#isReporting = true;
    setImmediate(() => {
      this.#isReporting = false;
      const connections = this.#ended;
      this.#ended = 0;
      this.#link.send({ kind: "ended", connections });
    });
  }

  #reportCalls(): void {
    const calls = this.#calls;
    this.#calls = 0;
    this.#counting = undefined;
    if (calls > 0) this.#link.send({ kind: "counted", calls });
  }

  async #leave(drain: number): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    const work = this.#hooks.map(async (hook) => {
      try {
        await hook();
      } catch (error) {
        process.emitWarning(`a function of worker.onLeaving failed: ${sentError(error).stack}`);
      }
    });
    await waitAtMost(drain, Promise.all(work), systemClock);
    this.#reportCalls();
    // The messages of the last turn of the event loop are sent in the next one.
    await new Promise(setImmediate);
    await this.#beforeEnd?.();
    this.#link.end(0);
  }
}

/** Milliseconds between two reports of counted calls: a report takes as long as a small call. */
const reportInterval = 50;

function memoryInUse(): number {
  return isMainThread ? process.memoryUsage.rss() : process.memoryUsage().heapUsed;
}

function processLink(): Link {
  return {
    send(message, handle, sent) {
      const left = (): void => {
        handle?.close();
        sent?.();
      };
      // Without a connection the supervisor has ended.
      if (process.connected) process.send?.(message, handle as never, {}, left);
      else left();
    },
    receive(take) {
      process.on("message", (message, handle) => take(message as ToWorker, handle as SocketHandle | undefined));
    },
    end(code) {
      process.exitCode = code;
      if (!process.connected) return process.exit(code);
      // The callback runs when all that was sent before has left.
      process.send?.({ kind: "counted", calls: 0 } satisfies ToSupervisor, () => process.exit(code));
    },
  };
}

function threadLink(): Link {
  const port = parentPort;
  return {
    send: (message) => port?.postMessage(message),
    receive: (take) => port?.on("message", (message) => take(message as ToWorker, undefined)),
    // In a thread this ends only the thread.
    end: (code) => process.exit(code),
  };
}
