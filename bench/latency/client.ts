// A client of the latency benchmark: node client.js lupine|bare PORT. It reads two kinds of lines:
//   max MILLISECONDS         keeps 128 calls in flight; answers the calls a second
//   open RATE MILLISECONDS   starts RATE calls a second whether or not the earlier ones were answered; answers their latencies as JSON
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { createClient } from "lupine";
import { PEER_V1 } from "../../test/interop/peer.gen.js";
import { addSizes, greeting, readSize } from "../calls/bare.js";
import { quantile } from "../report/statistics.js";

/** Milliseconds from when a call was due to its reply, at these shares of all calls. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Calls a second that were really made. */
  readonly rate: number;
}

/** Makes a call. The replies come in order. */
type Call = () => void;

/** Called with each reply. A function that all calls share: the benchmark makes nothing for each call itself. */
let answered: () => void;

const [kind, port] = process.argv.slice(2);
const call = kind === "lupine" ? lupineCall() : await bareCall();

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...numbers] = line.split(" ");
  const [first = 0, second = 0] = numbers.map(Number);
  const answer = command === "max" ? await greatest(first) : await open(first, second);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit();

function lupineCall(): Call {
  // A machine that cannot keep up shows long latencies, not errors.
  const limits = { callsInFlight: 1 << 24, totalCallsInFlight: 1 << 24, totalBytes: 2 ** 32 };
  const client = createClient(PEER_V1, `tcp://127.0.0.1:${port}`, { limits, timeout: 600_000 });
  let made = 0;
  let replies = 0;
  const check = (sum: number): void => {
    if (sum !== (replies++ & 0xffff) + 2) throw new Error("wrong sum");
    answered();
  };
  return () => {
    client.add({ a: made++ & 0xffff, b: 2 }).then(check);
  };
}

/** The messages of a turn of the event loop leave in one write, as Lupine's do. */
async function bareCall(): Promise<Call> {
  let bytes = 0;
  let unsent = 0;
  const callback = (length: number): boolean => {
    bytes += length;
    for (; bytes >= addSizes.reply; bytes -= addSizes.reply) answered();
    return true;
  };
  const onread = { buffer: Buffer.alloc(readSize(addSizes.reply)), callback };
  const socket = connect({ port: Number(port), host: "127.0.0.1", noDelay: true, onread });
  await once(socket, "connect");
  socket.write(greeting(addSizes.call, addSizes.reply));
  return () => {
    if (unsent++ === 0) {
      process.nextTick(() => {
        socket.write(Buffer.alloc(unsent * addSizes.call));
        unsent = 0;
      });
    }
  };
}

function greatest(milliseconds: number): Promise<number> {
  const start = performance.now();
  let calls = 0;
  let open = 128;
  return new Promise((resolve) => {
    answered = () => {
      calls++;
      if (performance.now() - start < milliseconds) call();
      else if (--open === 0) resolve((calls * 1000) / (performance.now() - start));
    };
    for (let i = 0; i < 128; i++) call();
  });
}

function open(rate: number, milliseconds: number): Promise<Latencies> {
  const total = Math.floor((rate * milliseconds) / 1000);
  const latencies = new Float64Array(total);
  const start = performance.now();
  let sent = 0;
  let answers = 0;
  return new Promise((resolve) => {
    answered = () => {
      latencies[answers] = performance.now() - (start + (answers * 1000) / rate);
      if (++answers === total) resolve(summary(latencies, start));
    };
    const send = (): void => {
      const due = Math.min(total, Math.floor(((performance.now() - start) * rate) / 1000));
      for (; sent < due; sent++) call();
      if (sent < total) setImmediate(send);
    };
    send();
  });
}

function summary(latencies: Float64Array, start: number): Latencies {
  const spent = performance.now() - start;
  const ascending = [...latencies.sort()];
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((share) => quantile(ascending, share)) as [number, number, number];
  return { p50, p99, p999, rate: (latencies.length * 1000) / spent };
}
