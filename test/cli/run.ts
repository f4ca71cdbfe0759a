// Runs the compiled `lupine` command as a process of its own.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

/** The folder of the project's examples. */
export const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What comes on standard input; nothing where it is absent. */
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** The working folder. */
  readonly cwd?: string;
  /** Ctrl-C is pressed when this is fulfilled. */
  readonly interrupt?: Promise<unknown>;
  /** Sent as soon as this text has come on standard error. */
  readonly interruptOn?: string;
  /** Asked at each output with all of it so far: sent once this is true. */
  readonly interruptWhen?: (printed: Pick<Outcome, "stdout" | "stderr">) => boolean;
}

/** Runs `lupine ARGS` to its end. */
export function lupine(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, LUPINE_DEBUG: "", ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    timeout: 120_000,
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
  // A command that does not read its input may be gone before it was written.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  options.interrupt?.then(() => child.kill("SIGINT"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** The one JSON object that an error is with --json. */
export function errorOf({ stderr }: Outcome): Record<string, unknown> {
  return (JSON.parse(stderr) as { error: Record<string, unknown> }).error;
}
