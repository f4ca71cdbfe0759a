// A child process or a worker thread, with one interface. Knows nothing of what it runs.
import { fork } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import type { ToSupervisor, ToWorker } from "./messages.js";
import type { SocketHandle } from "./socket-handles.js";

/** The description of a child to start. */
export interface ChildPlan {
  readonly kind: "process" | "thread";
  /** The file that the child runs. It gets `[module, ...args]` as arguments. */
  readonly entry: URL;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>> | undefined;
  readonly execArgv: readonly string[] | undefined;
  /** Descriptors that a child process inherits as 4, 5, ... */
  readonly descriptors: readonly number[];
  /** Whether a child process gets a pipe as the descriptor behind those. */
  readonly piped: boolean;
  /** Whether its output is read here. */
  readonly readOutput: boolean;
}

/** Receives what happens to a child. None of these functions may throw. */
export interface ChildOwner {
  message(message: ToSupervisor, handle: SocketHandle | undefined): void;
  line(line: string, stream: "stdout" | "stderr"): void;
  /** Called once. `error` if it could not be started. */
  ended(code: number | null, signal: string | null, error?: Error): void;
}

/** A child that was started. */
export interface Child {
  readonly pid: number;
  /** The pipe to a child process that has one. */
  readonly pipe?: Duplex;
  /**
   * Calls `taken` when the child has taken the handle; never if it ends before. @returns false if the child has ended, or can be sent
   * nothing more.
   */
  send(message: ToWorker, handle?: SocketHandle, taken?: () => void): boolean;
  kill(): void;
}

/** A child's descriptors 0 to 2 are its streams, and 3 is its channel. */
export const firstDescriptor = 4;

/** The descriptor of the pipe of a child that inherits these. */
export function pipeBehind(descriptors: readonly unknown[]): number {
  return firstDescriptor + descriptors.length;
}

export function startChild(plan: ChildPlan, owner: ChildOwner): Child {
  return plan.kind === "thread" ? startThread(plan, owner) : startProcess(plan, owner);
}

function startProcess(plan: ChildPlan, owner: ChildOwner): Child {
  const output = plan.readOutput ? "pipe" : "inherit";
  const child = fork(fileURLToPath(plan.entry), plan.args, {
    serialization: "advanced",
    stdio: ["ignore", output, output, "ipc", ...plan.descriptors, ...(plan.piped ? ["pipe" as const] : [])],
    ...(plan.env === undefined ? {} : { env: { ...process.env, ...plan.env } }),
    ...(plan.execArgv === undefined ? {} : { execArgv: [...plan.execArgv] }),
  });
  let isEnded = false;
  const end = (code: number | null, signal: string | null, error?: Error): void => {
    if (isEnded) return;
    isEnded = true;
    owner.ended(code, signal, error);
  };
  readLines(child.stdout, (line) => owner.line(line, "stdout"));
  readLines(child.stderr, (line) => owner.line(line, "stderr"));
  // Node's own answer to a message with a handle, in their order. A message that was only written is lost if the child is killed.
  const untaken: (() => void)[] = [];
  child.on("internalMessage" as "message", (message) => {
    if ((message as { readonly cmd?: string }).cmd === "NODE_HANDLE_ACK") untaken.shift()?.();
  });
  child.on("message", (message, handle) => owner.message(message as ToSupervisor, handle as SocketHandle | undefined));
  // "close" comes after the last line and the last message.
  child.on("close", (code, signal) => end(code, signal));
  child.on("error", (error) => {
    // A message that could not be sent is no end: the channel closes, and the process with it.
    if (child.pid === undefined) end(null, null, error);
  });
  return {
    pid: child.pid ?? 0,
    ...(plan.piped ? { pipe: child.stdio[pipeBehind(plan.descriptors)] as Duplex } : {}),
    send(message, handle, taken) {
      if (!child.connected) return false;
      try {
        // Without the callback a message to a child that was just killed would be an error event.
        child.send(message, handle as never, {}, () => undefined);
        if (taken !== undefined) untaken.push(taken);
        return true;
      } catch {
        return false;
      }
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

function startThread(plan: ChildPlan, owner: ChildOwner): Child {
  const thread = new Worker(plan.entry, {
    argv: [...plan.args],
    stdout: plan.readOutput,
    stderr: plan.readOutput,
    ...(plan.env === undefined ? {} : { env: { ...process.env, ...plan.env } as Record<string, string> }),
    ...(plan.execArgv === undefined ? {} : { execArgv: [...plan.execArgv] }),
  });
  let error: Error | undefined;
  if (plan.readOutput) {
    readLines(thread.stdout, (line) => owner.line(line, "stdout"));
    readLines(thread.stderr, (line) => owner.line(line, "stderr"));
  }
  thread.on("message", (message) => owner.message(message as ToSupervisor, undefined));
  thread.on("error", (thrown) => {
    error = thrown as Error;
    // A process prints what it has not caught; of a thread, Node tells only this one.
    const text = (thrown as Error | undefined)?.stack ?? inspect(thrown);
    if (plan.readOutput) for (const line of text.split("\n")) owner.line(line, "stderr");
    else process.emitWarning(`a worker thread failed: ${text}`);
  });
  thread.on("exit", (code) => owner.ended(code, null, error));
  return {
    pid: thread.threadId,
    send(message, handle) {
      if (handle !== undefined) return false;
      thread.postMessage(message);
      return true;
    },
    kill: () => void thread.terminate(),
  };
}

/** Characters. A longer line is reported in pieces, so that a worker that never ends its line cannot fill this process's memory. */
const longestLine = 64 * 1024;

function readLines(stream: Readable | null, tell: (line: string) => void): void {
  if (stream === null) return;
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) tell(line);
    if (rest.length > longestLine) {
      tell(rest);
      rest = "";
    }
  });
  stream.on("end", () => {
    if (rest !== "") tell(rest);
  });
  stream.on("error", () => undefined);
}
