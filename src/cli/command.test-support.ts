// Runs `lupine` in tests. A warm process serves one command line after another; signals need a process of their own.
import { type ChildProcess, fork, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import type { Run } from "./warm-process.test-support.js";

const main = fileURLToPath(new URL("./main.js", import.meta.url));
const warm = fileURLToPath(new URL("./warm-process.test-support.js", import.meta.url));

/** Milliseconds that a command may take. Bounds a hang; nothing is measured. */
const patience = 120_000;

export interface Outcome {
  readonly code: number | null;
  /** One character for each byte. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The text on standard input. Default: empty. */
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** The working folder. */
  readonly cwd?: string;
  /** Ctrl-C is pressed when this is fulfilled. */
  readonly interrupt?: Promise<unknown>;
  /** Ctrl-C is pressed as soon as this text has come on standard error. */
  readonly interruptOn?: string;
  /** Asked at each output with all of it so far: Ctrl-C is pressed once this is true. */
  readonly interruptWhen?: (printed: Pick<Outcome, "stdout" | "stderr">) => boolean;
  /** Starts a process for this command line alone, as a user does. */
  readonly ownProcess?: boolean;
}

/** Runs `lupine ARGS` to its end, in a warm process unless it is interrupted. */
export function lupine(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { interrupt, interruptOn, interruptWhen, ownProcess } = options;
  const isOwn = ownProcess || interrupt !== undefined || interruptOn !== undefined || interruptWhen !== undefined;
  return isOwn ? runProcess(args, options) : runWarm(args, options);
}

/** Runs `lupine ARGS` as a process of its own. */
function runProcess(args: readonly string[], options: RunOptions): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, LUPINE_DEBUG: "", ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    timeout: patience,
  });
  let stdout = "";
  let stderr = "";
  const look = (): void => {
    if (options.interruptWhen?.({ stdout, stderr })) child.kill("SIGINT");
  };
  child.stdout.setEncoding("latin1").on("data", (text) => {
    stdout += text;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    const told = options.interruptOn !== undefined && stderr.includes(options.interruptOn);
    stderr += text;
    look();
    if (options.interruptOn !== undefined && !told && stderr.includes(options.interruptOn)) child.kill("SIGINT");
  });
  // A command that does not read its input may end before the input was written.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  options.interrupt?.then(() => child.kill("SIGINT"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

interface Warm {
  readonly child: ChildProcess;
  /** Fulfilled with the exit code when the process has ended. */
  readonly closed: Promise<number | null>;
}

/** Warm processes that run nothing at the moment. */
const idle: Warm[] = [];

after(async () => {
  for (const { child, closed } of idle.splice(0)) {
    hold(child, true);
    child.kill("SIGKILL");
    await closed;
  }
});

function startWarm(): Warm {
  const child = fork(warm, { execArgv: [], stdio: ["ignore", "pipe", "pipe", "ipc"], serialization: "advanced" });
  return { child, closed: once(child, "close").then(([code]) => code as number | null) };
}

async function runWarm(args: readonly string[], { input = "", env, cwd }: RunOptions): Promise<Outcome> {
  const one = idle.pop() ?? startWarm();
  const { child, closed } = one;
  hold(child, true);
  const mark = randomUUID();
  const all = { ...process.env, LUPINE_DEBUG: "", ...env } as Record<string, string>;
  const ended = new AbortController();
  const out = collect(child, "stdout", mark, ended.signal);
  const err = collect(child, "stderr", mark, ended.signal);
  const answered = new Promise<number>((resolve) => child.once("message", resolve));
  const timer = setTimeout(() => child.kill("SIGKILL"), patience);
  child.send({ args, input, env: all, cwd: cwd ?? process.cwd(), mark } satisfies Run);
  // A process that ended, or that never answers, is not used again: the next command starts a new one.
  const code = await Promise.race([Promise.all([answered, out.marked, err.marked]).then(([value]) => value), closed]);
  clearTimeout(timer);
  ended.abort();
  if (child.connected) {
    hold(child, false);
    idle.push(one);
  }
  return { code, stdout: out.text(), stderr: err.text() };
}

/** Sets whether a warm process keeps the test's process alive. */
function hold(child: ChildProcess, isHeld: boolean): void {
  const sockets = [child.stdout, child.stderr] as unknown as { ref(): void; unref(): void }[];
  const channel = child.channel as unknown as { ref(): void; unref(): void } | undefined;
  for (const each of [child, channel, ...sockets]) each?.[isHeld ? "ref" : "unref"]();
}

/** Collects what comes on a stream until the mark. */
function collect(
  child: ChildProcess,
  name: "stdout" | "stderr",
  mark: string,
  signal: AbortSignal,
): { text(): string; readonly marked: Promise<unknown> } {
  const encoding = name === "stdout" ? "latin1" : "utf8";
  const chunks: Buffer[] = [];
  let tail = "";
  const marked = new Promise<void>((resolve) => {
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      tail = (tail + chunk.toString("latin1")).slice(-mark.length);
      if (tail === mark) resolve();
    };
    child[name]?.on("data", take);
    signal.addEventListener("abort", () => child[name]?.off("data", take), { once: true });
  });
  const text = (): string => Buffer.concat(chunks).toString(encoding).replace(mark, "");
  return { text, marked };
}

/** The one JSON object that an error is with --json. */
export function errorOf({ stderr }: Outcome): Record<string, unknown> {
  return (JSON.parse(stderr) as { error: Record<string, unknown> }).error;
}
