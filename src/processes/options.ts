// Options of processes, and their defaults.

import type { Backoff } from "../base/backoff.js";
import type { OptionTable } from "../base/check-options.js";
import type { Clock } from "../base/clock.js";
import { texts } from "../base/option-kinds.js";
import { show } from "../base/show.js";
import type { ProcessEvent, WorkerInfo } from "./events.js";

/** Limits at which a healthy worker is replaced. Each limit is off by default. */
export interface Recycling {
  /** After this many calls (`worker.count`), 1 or more. */
  readonly calls?: number;
  /** If it holds more than this many bytes of memory: resident memory of a process, heap of a thread. */
  readonly memory?: number;
  /** After this many milliseconds. */
  readonly age?: number;
  /** The random share of `calls` and `age`, 0 to 1, so that workers are not replaced all at once. Default 0.2. */
  readonly jitter?: number;
}

/** How often workers are asked whether they still respond. */
export interface Heartbeat {
  /** Milliseconds between questions. Default 5,000. */
  readonly interval?: number;
  /** A worker that leaves this many questions unanswered is killed and replaced. Default 6. */
  readonly unanswered?: number;
}

/** Options of `startProcesses`. An unknown or invalid option is a TypeError that names it. */
export interface ProcessOptions {
  /** The number of workers, 1 or more. Default: the number of processors that this process may use. */
  readonly size?: number;
  /** "process" (default): child processes. "thread": worker threads, to which connections cannot be handed over. */
  readonly kind?: "process" | "thread";
  /** Arguments of each worker: `process.argv` from index 2 on. Default none. */
  readonly args?: readonly string[];
  /** Environment variables of the workers, in addition to those of this process. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node for the workers. Default: those of this process. */
  readonly execArgv?: readonly string[];
  /** Waits before a worker that has ended is started again. Default 100 ms, 200 ms, ... up to 5 s, each varied by 20 %. */
  readonly backoff?: Backoff;
  /**
   * A worker that ends this many times in a row, each time less than `healthy` milliseconds after it was ready, is a crash loop: it is
   * reported, and all workers are ended. Default 5.
   */
  readonly crashes?: number;
  /** Milliseconds after which a worker that is ready counts as healthy. Default 1,000. */
  readonly healthy?: number;
  /** Milliseconds that a worker may take to become ready. Default 30,000. */
  readonly readyTimeout?: number;
  /** Milliseconds that a leaving worker has to finish its work. Afterwards it is killed. Default 10,000. */
  readonly drain?: number;
  /** Limits at which healthy workers are replaced. Default: they are never replaced. */
  readonly recycle?: Recycling;
  /** Detects workers that do not respond. `false` disables this. Default `defaultHeartbeat`. */
  readonly heartbeat?: Heartbeat | false;
  /**
   * The most connections that wait while no worker is ready. Default 511. If the workers that are ready are too slow, 4,096 wait; at
   * that limit, and when few file descriptors are left, the one that has waited longest is closed.
   */
  readonly backlog?: number;
  /**
   * Receives each line that a worker prints, and the error that ended a thread. A line of more than 65,536 characters is passed in pieces. Default:
   * workers write to the stdout and stderr of this process.
   */
  readonly onLine?: (line: string, stream: "stdout" | "stderr", worker: WorkerInfo) => void;
  /** Called when a worker is started, is ready, fails or ends. Default: nothing is called. */
  readonly onEvent?: (event: ProcessEvent) => void;
  /** Receives what a worker sends with `worker.send`. Default: it is dropped. */
  readonly onMessage?: (message: unknown, worker: WorkerInfo) => void;
  /** The source of time, timers and random numbers. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** The default waits before a worker is started again. */
export const defaultRestartBackoff: Backoff = Object.freeze({ first: 100, factor: 2, most: 5_000, jitter: 0.2 });
/** The default of `ProcessOptions.crashes`. */
export const defaultCrashes = 5;
/** The default of `ProcessOptions.healthy`, in milliseconds. */
export const defaultHealthy = 1_000;
/** The default of `ProcessOptions.readyTimeout`, in milliseconds. */
export const defaultReadyTimeout = 30_000;
/** The default of `ProcessOptions.drain`, in milliseconds. */
export const defaultLeave = 10_000;
/** The default of `ProcessOptions.heartbeat`. */
export const defaultHeartbeat: Required<Heartbeat> = Object.freeze({ interval: 5_000, unanswered: 6 });
/** The default of `ProcessOptions.backlog`. */
export const defaultBacklog = 511;
/** The default of `Recycling.jitter`. */
export const defaultJitter = 0.2;

export const processOptions: OptionTable<ProcessOptions> = {
  size: "size",
  kind: ["process", "thread"],
  args: texts,
  env: "object",
  execArgv: texts,
  backoff: { first: "time", factor: "size", most: "time", jitter: "share" },
  crashes: "size",
  healthy: "time",
  readyTimeout: "time",
  drain: "time",
  recycle: { calls: "size", memory: "size", age: "size", jitter: "share" },
  heartbeat: "any",
  backlog: "count",
  onLine: "function",
  onEvent: "function",
  onMessage: "function",
  clock: "object",
};

export const heartbeatOptions: OptionTable<Heartbeat> = { interval: "size", unanswered: "size" };

/** The limits of one worker, which differ so that workers are not replaced all at once. */
export function variedLimits({ calls, memory, age, jitter = defaultJitter }: Recycling, clock: Clock): Recycling {
  const varied = (number: number): number => number * (1 + jitter * (2 * clock.random() - 1));
  return {
    ...(calls === undefined ? {} : { calls: varied(calls) }),
    ...(memory === undefined ? {} : { memory }),
    ...(age === undefined ? {} : { age: varied(age) }),
  };
}

/** @throws TypeError */
export function checkSize(size: number): void {
  if (!Number.isInteger(size) || size < 1 || size > mostWorkers)
    throw new TypeError(`the number of workers is ${show(size)}; give a whole number, 1 to ${mostWorkers}`);
}

/** More are a mistake. */
export const mostWorkers = 1024;
