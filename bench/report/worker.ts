// A process of a benchmark that answers each line with a line. None outlives the benchmark.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

type Child = ChildProcessByStdio<Writable, Readable, null>;

const running = new Set<Child>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts with a script's path, its arguments, and options of Node. */
export class Worker {
  readonly #child: Child;
  readonly #lines: AsyncIterator<string>;
  /** It writes a profile when it ends by itself. */
  readonly #isProfiled: boolean;

  constructor(path: string, args: readonly string[], execArgv: readonly string[] = []) {
    this.#child = spawn(process.execPath, [...execArgv, path, ...args], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#isProfiled = execArgv.length > 0;
    running.add(this.#child);
  }

  /** The next line that it prints. */
  async next(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("a process of the benchmark ended");
    return value;
  }

  ask(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    return this.next();
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin.end();
    if (!this.#isProfiled) this.#child.kill("SIGTERM");
    await ended;
  }
}
