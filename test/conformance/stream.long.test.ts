// Streams of a million items, and streams whose other end is killed.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createClient, formatAddress, Server } from "lupine";
import { type span, WATCH_VERS } from "./watch.gen.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const window = 128;
const items = 1_000_000;

/** A server of COUNT, with the number of items that its generators have made, and of generators that are not finished. */
async function counting() {
  const counts = { made: 0, open: 0 };
  let finished = (): void => undefined;
  const ended = (): Promise<void> =>
    new Promise((resolve) => {
      finished = resolve;
    });
  async function* count({ from, to }: span): AsyncGenerator<number> {
    counts.open++;
    try {
      for (let number = from; number <= to; number++) {
        counts.made++;
        yield number;
      }
    } finally {
      counts.open--;
      finished();
    }
  }
  const others = { samples: count as never, words: count as never, sum: () => 0, note: () => undefined };
  const server = new Server({ onError: () => undefined }).implement(WATCH_VERS, { count, ...others });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  return { server, address, counts, ended };
}

test("a slow reader of a million items: the generator is never further ahead than the window, and memory is flat", async () => {
  const { server, address, counts } = await counting();
  await using client = createClient(WATCH_VERS, address);
  let read = 0;
  let ahead = 0;
  const heaps: number[] = [];
  for await (const number of client.count({ from: 1, to: items }, { window })) {
    assert.equal(number, ++read);
    ahead = Math.max(ahead, counts.made - read);
    // The reader lets the server run ahead as far as it can.
    if (read % 997 === 0) await turn();
    if (read % 100_000 === 0) {
      collectGarbage();
      heaps.push(process.memoryUsage().heapUsed);
    }
  }
  assert.equal(read, items);
  assert.ok(ahead <= window + 1, `${ahead} items were made and not read`);
  const growth = (heaps.at(-1) as number) - (heaps[0] as number);
  assert.ok(growth < 4 * 1024 * 1024, `the heap grew by ${growth} bytes over 900,000 items: ${heaps.join(" ")}`);
  assert.equal(counts.open, 0);
  await server.close();
});

/** Starts a script of this folder. Resolves with its first line. */
async function startScript(name: string, ...args: string[]) {
  const script = fileURLToPath(new URL(`./${name}.test-support.js`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, line };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

test("a reader that is killed: the generator is finished, five times", async () => {
  const { server, address, counts, ended } = await counting();
  for (let round = 0; round < 5; round++) {
    const { child, line } = await startScript("stream-reader", formatAddress(address));
    assert.equal(line, "reading");
    const finished = ended();
    await kill(child);
    await finished;
    assert.equal(counts.open, 0);
  }
  await server.close();
});

test("a server that is killed: the loop of the reader ends with RPC_DISCONNECTED, five times", async () => {
  for (let round = 0; round < 5; round++) {
    const { child, line } = await startScript("stream-source");
    await using client = createClient(WATCH_VERS, line);
    let read = 0;
    const reading = async (): Promise<void> => {
      for await (const _ of client.count({ from: 1, to: 0 })) if (++read === 1_000) child.kill("SIGKILL");
    };
    await assert.rejects(reading(), { code: "RPC_DISCONNECTED", mayHaveRun: true });
    assert.ok(read >= 1_000);
  }
});
