// A client process of the benchmark: reads what load to make from standard input, and answers how far it came.
//   add DEPTH 0 MILLISECONDS        DEPTH calls in flight
//   echo DEPTH SIZE MILLISECONDS    SIZE bytes there and back, DEPTH calls in flight
// Answer: CALLS NANOSECONDS. The C client reads and writes the same lines.
import { createInterface } from "node:readline";

/** One load. */
export interface Load {
  readonly kind: "add" | "echo";
  /** Calls in flight. */
  readonly depth: number;
  /** Bytes of an echo's payload. */
  readonly size: number;
  readonly milliseconds: number;
}

/** Makes what a load needs, such as payloads and connections, before its time starts. The result makes the calls. */
export type Prepare = (load: Load) => (() => Promise<number>) | Promise<() => Promise<number>>;

/** Answers each line of standard input with the calls that were answered, and the time they took. */
export async function answerLoads(prepare: Prepare): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [kind, depth, size, milliseconds] = line.split(" ");
    const run = await prepare({
      kind: kind === "echo" ? "echo" : "add",
      depth: Number(depth),
      size: Number(size),
      milliseconds: Number(milliseconds),
    });
    const start = process.hrtime.bigint();
    const calls = await run();
    process.stdout.write(`${calls} ${process.hrtime.bigint() - start}\n`);
  }
}

/** A peer whose calls are promises. */
export interface Caller {
  add(a: number, b: number): Promise<number>;
  echo(bytes: Uint8Array): Promise<Uint8Array>;
}

/** Keeps `depth` calls in flight until the time is up. The result counts those that were answered, each one checked. */
export function keepCalling(caller: Caller, { kind, depth, size, milliseconds }: Load): () => Promise<number> {
  let calls = 0;
  let over = false;
  // Every call has numbers of its own, so that no reply passes for another.
  const adds = async () => {
    while (!over) {
      const a = calls++;
      if ((await caller.add(a, 2)) !== a + 2) throw new Error("wrong sum");
    }
  };
  const echoes = async (bytes: Uint8Array) => {
    for (let isFirst = true; !over; isFirst = false) {
      stamp(bytes, calls++);
      const back = await caller.echo(bytes);
      // All of it once; then its length and its marks: comparing takes as long as sending.
      if (!(isFirst ? Buffer.compare(back, bytes) === 0 : hasStamp(back, bytes))) throw new Error("wrong echo");
    }
  };
  const payloads = Array.from({ length: depth }, () => payload(size));
  return async () => {
    setTimeout(() => {
      over = true;
    }, milliseconds);
    await Promise.all(payloads.map((bytes) => (kind === "add" ? adds() : echoes(bytes))));
    return calls;
  };
}

function payload(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 31;
  return bytes;
}

/** Marks the payload's start, middle and end with the number of the call. The C client does the same. */
function stamp(bytes: Uint8Array, call: number): void {
  for (const at of marks(bytes)) bytes[at] = call;
}

function hasStamp(back: Uint8Array, sent: Uint8Array): boolean {
  return back.length === sent.length && marks(sent).every((at) => back[at] === sent[at]);
}

function marks({ length }: Uint8Array): number[] {
  return [0, length >> 1, length - 1];
}
