// Starts the processes of the tests with NATS.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openMailbox } from "lupine/messaging";
import { unsignedInt } from "lupine/xdr";

const program = fileURLToPath(new URL("./nats-process.js", import.meta.url));

export interface NatsProcess {
  readonly child: ChildProcess;
  readonly exit: Promise<unknown[]>;
}

export function startNatsProcess(...args: string[]): NatsProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  return { child, exit: once(child, "exit") };
}

/** Counts of what receivers of a durable mailbox have said. */
export interface Handled {
  /** The numbers that were received. */
  readonly got: Set<number>;
  /** Those that were acknowledged for certain: a receiver may be killed before it says so. */
  readonly done: Set<number>;
  /** Those that were received again after they were acknowledged. */
  readonly again: number[];
  kills: number;
}

/**
 * Receives until `count` different numbers were received. The receiver is killed each time when it has acknowledged `each` more, and
 * another one is started. What is then left is received here.
 */
export async function handleAll(url: string, count: number, each: number): Promise<Handled> {
  const handled: Handled = { got: new Set(), done: new Set(), again: [], kills: 0 };
  while (handled.got.size < count) await handleSome(url, handled, handled.done.size + each, count);
  await using last = await openMailbox(url, { type: unsignedInt, durable: true, messages: 1_000_000 });
  await last.send(count, url);
  for await (const { message } of last) {
    if (message === count) break;
    receivedOne(handled, message);
  }
  return handled;
}

async function handleSome(url: string, handled: Handled, target: number, count: number): Promise<void> {
  const { child, exit } = startNatsProcess("handle", url);
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const [what, text] = line.split(" ");
    if (what === "got") receivedOne(handled, Number(text));
    else handled.done.add(Number(text));
    if (handled.done.size >= target || handled.got.size === count) child.kill("SIGKILL");
  }
  assert.deepEqual(await exit, [null, "SIGKILL"]);
  handled.kills++;
}

function receivedOne({ got, done, again }: Handled, number: number): void {
  if (done.has(number)) again.push(number);
  got.add(number);
}
