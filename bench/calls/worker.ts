// A client process of the benchmark: reads what load to make from standard input, and answers how far it came.
//   add DEPTH MILLISECONDS     DEPTH calls in flight
//   echo SIZE MILLISECONDS     SIZE bytes there and back, one call at a time
// Answer: CALLS NANOSECONDS. The C client speaks the same lines.
import { createInterface } from "node:readline";

/** One load. */
export interface Load {
  readonly kind: "add" | "echo";
  /** Calls in flight, 1 for echo. */
  readonly depth: number;
  /** Bytes of an echo's payload. */
  readonly size: number;
  readonly milliseconds: number;
}

/** Answers each line of standard input with what `run` counts. */
export async function answerLoads(run: (load: Load) => Promise<number>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [kind, number, milliseconds] = line.split(" ");
    const start = process.hrtime.bigint();
    const calls = await run({
      kind: kind === "echo" ? "echo" : "add",
      depth: kind === "echo" ? 1 : Number(number),
      size: kind === "echo" ? Number(number) : 0,
      milliseconds: Number(milliseconds),
    });
    process.stdout.write(`${calls} ${process.hrtime.bigint() - start}\n`);
  }
}

/** What a peer of promises offers. */
export interface Caller {
  add(a: number, b: number): Promise<number>;
  /** @returns the number of bytes that came back. */
  echo(bytes: Uint8Array): Promise<number>;
}

/** Keeps `depth` calls in flight until the time is up. @returns how many were answered, each one checked. */
export async function keepCalling(caller: Caller, load: Load): Promise<number> {
  const bytes = new Uint8Array(load.size);
  let calls = 0;
  let over = false;
  setTimeout(() => {
    over = true;
  }, load.milliseconds);
  const adds = async () => {
    while (!over) {
      if ((await caller.add(1, 2)) !== 3) throw new Error("wrong sum");
      calls++;
    }
  };
  const echoes = async () => {
    while (!over) {
      if ((await caller.echo(bytes)) !== load.size) throw new Error("wrong echo");
      calls++;
    }
  };
  await Promise.all(Array.from({ length: load.depth }, load.kind === "add" ? adds : echoes));
  return calls;
}
