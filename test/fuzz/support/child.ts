// The process under test: started with its memory observable, spoken to by messages, and expected to print nothing and
// to end with 0.
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Memory } from "./campaign.js";

/** Milliseconds for an answer of the process, its start included: bounds a hang, on a busy machine too. */
const patience = 60_000;

/** Reports of bad input that the library makes once for each kind (LUPINE_SERVER_ERROR, LUPINE_LEFT_OVER). */
const expected = /^\(node:\d+\) \[LUPINE_\w+\] LupineWarning: |^\(Use `node --trace-warnings /;

/** A running process. */
export class Subject {
  readonly #child: ChildProcess;
  #printed = "";
  #end: string | undefined;

  private constructor(t: TestContext, program: URL, args: readonly string[]) {
    this.#child = fork(program, args, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#printed += text;
      });
    }
    this.#child.once("exit", (status, signal) => {
      this.#end = signal ?? `status ${status}`;
    });
    t.after(() => this.#child.kill("SIGKILL"));
  }

  /** Starts a program and waits for its first message. */
  static async start<T>(
    t: TestContext,
    program: URL,
    args: readonly string[] = [],
  ): Promise<{ subject: Subject; ready: T }> {
    const subject = new Subject(t, program, args);
    return { subject, ready: await subject.#answer<T>() };
  }

  /**
   * @throws AssertionError when it has ended, or printed anything but the library's own reports of bad input: a warning of
   * Node, an unhandled rejection.
   */
  assertSound(): void {
    assert.equal(this.#end, undefined, `the process under test has ended (${this.#end}): ${this.#printed}`);
    this.#assertQuiet();
  }

  /** Asks, and waits for the answer. */
  async ask<T>(question: object): Promise<T> {
    this.assertSound();
    this.#child.send(question);
    return this.#answer<T>();
  }

  memory(): Promise<Memory> {
    return this.ask({ want: "memory" });
  }

  /** Tells it to end. @throws AssertionError unless it ends by itself, in peace. */
  async stop(): Promise<void> {
    this.assertSound();
    this.#child.send({ want: "end" });
    await Promise.race([once(this.#child, "exit"), sleep(patience, undefined, { ref: false })]);
    assert.equal(this.#end, "status 0", `the process under test did not end in peace: ${this.#printed}`);
    this.#assertQuiet();
  }

  async #answer<T>(): Promise<T> {
    const late = new AbortController();
    const ended = once(this.#child, "exit", { signal: late.signal }).then(() => "ended");
    const time = sleep(patience, "silent", { signal: late.signal });
    ended.catch(() => undefined);
    time.catch(() => undefined);
    const answer = once(this.#child, "message", { signal: late.signal }).then(([message]) => ({
      message: message as T,
    }));
    answer.catch(() => undefined);
    const first = await Promise.race([answer, ended, time]);
    late.abort();
    if (typeof first === "object") return first.message;
    return assert.fail(`the process under test is ${first} (${this.#end}): ${this.#printed}`);
  }

  #assertQuiet(): void {
    const others = this.#printed.split("\n").filter((line) => line !== "" && !expected.test(line));
    assert.deepEqual(others, [], "the process under test has printed something");
  }
}
