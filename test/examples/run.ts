// Runs the compiled examples as processes of their own.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const examples = new URL("../../examples/", import.meta.url);

/** Milliseconds that an example may take. */
const patience = 120_000;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an example until it ends. */
export function runToEnd(path: string, ...args: string[]): Promise<Finished> {
  return finish(start(path, args));
}

export interface RunningServer extends AsyncDisposable {
  /** The first address that it listens at. */
  readonly address: string;
  /** Its process number. */
  readonly pid: number;
  /** What it has printed so far. */
  readonly output: readonly string[];
  /** Resolves with the first line that matches, printed already or to come. */
  line(pattern: RegExp): Promise<string>;
}

/** Starts an example's server at a free TCP port of this machine and waits until it listens. */
export async function startServer(
  path: string,
  args: readonly string[] = ["tcp://127.0.0.1:0"],
): Promise<RunningServer> {
  const child = start(path, args);
  const output: string[] = [];
  const waiting: { pattern: RegExp; found: (line: string) => void }[] = [];
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  lines.on("line", (line) => {
    output.push(line);
    for (const { pattern, found } of waiting) if (pattern.test(line)) found(line);
  });
  const errors: string[] = [];
  child.stderr?.setEncoding("utf8").on("data", (text) => errors.push(text));
  const line = (pattern: RegExp): Promise<string> => {
    const there = output.find((text) => pattern.test(text));
    if (there !== undefined) return Promise.resolve(there);
    return new Promise((found, reject) => {
      waiting.push({ pattern, found });
      const late = (): void => reject(new Error(`no ${pattern} from ${path}:\n${[...output, ...errors].join("\n")}`));
      setTimeout(late, patience).unref();
      child.once("exit", late);
    });
  };
  const stop = async (): Promise<void> => {
    const ended = new Promise((resolve) => child.once("close", resolve));
    if (child.exitCode !== null || !child.kill("SIGTERM")) return;
    await ended;
  };
  const address = (await line(/^listening at /)).replace("listening at ", "");
  return { address, pid: child.pid as number, output, line, [Symbol.asyncDispose]: stop };
}

function start(path: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(new URL(path, examples)), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: patience,
  });
}

function finish(child: ChildProcess): Promise<Finished> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
