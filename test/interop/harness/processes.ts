// Peers as processes: run to their end, or started and stopped. None outlives the test file.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { until as happened } from "../../support/waiting.js";

type Child = ChildProcessByStdio<null, Readable, Readable>;

const alive = new Set<Child>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

function launch(command: string, args: readonly string[], cwd?: string): { child: Child; output: () => string } {
  const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` };
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env, cwd });
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  const texts = [child.stdout, child.stderr].map(collect);
  return { child, output: () => texts.map((text) => text()).join("") };
}

function collect(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

/** What a program left. */
export interface Ended {
  readonly status: number;
  /** Standard output, then standard error. */
  readonly output: string;
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[]): Promise<Ended> {
  return finish(command, args, undefined, 60_000);
}

/** Runs a program in a folder: npm, say, which may take its time. */
export function runIn(folder: string, command: string, args: readonly string[]): Promise<Ended> {
  return finish(command, args, folder, 900_000);
}

function finish(command: string, args: readonly string[], cwd: string | undefined, limit: number): Promise<Ended> {
  const { child, output } = launch(command, args, cwd);
  const timer = setTimeout(() => child.kill("SIGKILL"), limit);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => {
      clearTimeout(timer);
      if (signal !== "SIGKILL") return resolve({ status: status ?? -1, output: output() });
      reject(new Error(`${command} ${args.join(" ")} did not end in ${limit} ms. It printed:\n${output()}`));
    });
  });
}

/** A program that runs until it is stopped. */
export interface Running extends AsyncDisposable {
  readonly pid: number | undefined;
  /** What it has printed. */
  output(): string;
  /** @returns the first match in what it prints, now or later. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** SIGKILL ends it at once; SIGCONT lets it go on after `freeze`. */
  signal(name: NodeJS.Signals): void;
  /** Sends SIGSTOP, and waits until the process stands still. */
  freeze(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a program. */
export function start(command: string, args: readonly string[]): Running {
  const { child, output } = launch(command, args);
  let failure: Error | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", (error) => {
      failure = error;
      resolve();
    });
  });
  const stop = async () => {
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), 5_000); // waits: bounds a process that does not end
    await ended;
    clearTimeout(force);
  };
  const look = (pattern: RegExp) => {
    const match = pattern.exec(output());
    if (match !== null) return match;
    if (failure !== undefined) throw failure;
    if (child.exitCode === null) return undefined;
    throw new Error(`${command} ended with status ${child.exitCode}. It printed:\n${output()}`);
  };
  const printed = (pattern: RegExp) =>
    until(
      () => look(pattern),
      () => `${command} to print ${pattern}; it printed:\n${output()}`,
    );
  const signal = (name: NodeJS.Signals) => void child.kill(name);
  const freeze = async () => {
    signal("SIGSTOP");
    const isStill = () => /\) T /.test(readFileSync(`/proc/${child.pid}/stat`, "utf8")) || undefined;
    await until(isStill, () => `${command} to stand still`);
    await sleep(20); // Its other threads.
  };
  return { pid: child.pid, output, printed, signal, freeze, stop, [Symbol.asyncDispose]: stop };
}

type Answer<T> = T | undefined | false;

/** Asks `question` until it has an answer other than false. @throws after a minute, saying what was waited for. */
export async function until<T>(question: () => Answer<T> | Promise<Answer<T>>, what: () => string): Promise<T> {
  let answer: Answer<T>;
  await happened(async () => {
    answer = await question();
    return answer !== undefined && answer !== false;
  }, what);
  return answer as T;
}

/** Whether something accepts connections there: a port of 127.0.0.1, or a Unix socket's path. */
export function accepts(where: number | string): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = typeof where === "number" ? connect(where, "127.0.0.1") : connect(where);
    socket.once("connect", () => socket.destroy(void resolve(true)));
    socket.once("error", () => resolve(undefined));
  });
}

/** Debian's rpcbind, on port 111 and /run/rpcbind.sock of this namespace. */
export async function startDebianRpcbind(options: readonly string[] = []): Promise<Running> {
  const rpcbind = start("rpcbind", ["-f", ...options]);
  await until(
    async () => (await accepts("/run/rpcbind.sock")) && (await accepts(111)),
    () => `rpcbind to listen:\n${rpcbind.output()}`,
  );
  return rpcbind;
}
