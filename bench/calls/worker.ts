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
  echo(bytes: Uint8Array): Promise<Uint8Array>;
}

/** Keeps `depth` calls in flight until the time is up. @returns how many were answered, each one checked. */
export async function keepCalling(caller: Caller, load: Load): Promise<number> {
  let calls = 0;
  let over = false;
  setTimeout(() => {
    over = true;
  }, load.milliseconds);
  // Every call has numbers of its own, so that no reply passes for another.
  const adds = async () => {
    while (!over) {
      const a = calls++;
      if ((await caller.add(a, 2)) !== a + 2) throw new Error("wrong sum");
    }
  };
  const echoes = async () => {
    const bytes = payload(load.size);
    while (!over) {
      stamp(bytes, calls);
      const back = await caller.echo(bytes);
      // All of it once; then its length and its marks: comparing takes as long as sending.
      if (!(calls === 0 ? Buffer.compare(back, bytes) === 0 : hasStamp(back, bytes))) throw new Error("wrong echo");
      calls++;
    }
  };
  await Promise.all(Array.from({ length: load.depth }, load.kind === "add" ? adds : echoes));
  return calls;
}

function payload(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => i * 31);
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
