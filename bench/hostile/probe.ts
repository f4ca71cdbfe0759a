// The honest client, as a process of its own: probe.js rpc|http PORT. For each line with milliseconds on its standard input it
// calls for so long, each time over a new connection, and prints what came of it as JSON.
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { add, isSum, type Protocol } from "./wire.js";

export const probeFile = fileURLToPath(import.meta.url);

/** Milliseconds after which a call has failed. */
export const PATIENCE = 5_000;
/** Milliseconds between a call's end and the next one. */
const PAUSE = 10;
/** Callers at a time, so that one that waits does not hide how others fare. */
const CALLERS = 8;

export interface Probed {
  readonly calls: number;
  readonly failed: number;
  /** Milliseconds; of a call that failed, how long it took to. */
  readonly median: number;
  readonly p99: number;
}

/** Milliseconds until the sum is there; negative where it did not come. */
function callOnce(protocol: Protocol, port: number): Promise<number> {
  return new Promise((resolve) => {
    const start = performance.now();
    const socket = connect(port, "127.0.0.1");
    let answer = Buffer.alloc(0);
    const end = (isGood: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      const took = performance.now() - start;
      resolve(isGood ? took : -took);
    };
    const timer = setTimeout(() => end(false), PATIENCE);
    socket.on("connect", () => socket.write(add(protocol)));
    socket.on("data", (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (isSum(protocol, answer)) end(true);
    });
    socket.on("error", () => end(false));
    socket.on("close", () => end(false));
  });
}

async function probe(protocol: Protocol, port: number, milliseconds: number): Promise<Probed> {
  const times: number[] = [];
  let failed = 0;
  const until = performance.now() + milliseconds;
  const one = async (): Promise<void> => {
    do {
      const took = await callOnce(protocol, port);
      if (took < 0) failed++;
      times.push(Math.abs(took));
      await sleep(PAUSE);
    } while (performance.now() < until);
  };
  await Promise.all(Array.from({ length: CALLERS }, one));
  times.sort((a, b) => a - b);
  const at = (part: number): number => times[Math.floor((times.length - 1) * part)] ?? Number.NaN;
  return { calls: times.length, failed, median: at(0.5), p99: at(0.99) };
}

const [protocol = "", port = ""] = process.argv.slice(2);
if (port !== "") {
  for await (const line of createInterface({ input: process.stdin })) {
    const found = await probe(protocol as Protocol, Number(port), Number(line));
    process.stdout.write(`${JSON.stringify(found)}\n`);
  }
}
