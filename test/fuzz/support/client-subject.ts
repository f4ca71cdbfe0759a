// The client under test: calls a server that it was told, as many at once as it may, and keeps account of how each ended.
// It serves callbacks on its connections, so that calls from the server find somebody at home.
import { inspect } from "node:util";
import { type CallOptions, closeClient, createClient, RpcError, Server } from "lupine";
import { defaultBackoff } from "lupine/client";
import { ADD_VERS } from "../../../examples/add/add.gen.js";
import { EVERYTHING_V1, SECOND_V1 } from "../../fixtures/everything.gen.js";
import { type Message, serveQuestions } from "./subject.js";

/** Milliseconds that a call may take. */
const timeout = 150;
/** How much later than that counts as hanging. */
const slack = 60_000;
/** Connections, and calls in flight on each. */
const lines = 4;
const depth = 8;

/** How calls ended, and what must not have happened. */
export interface ClientState {
  readonly values: number;
  readonly errors: number;
  /** Calls that ended late, or with anything but an RpcError. */
  readonly faults: readonly string[];
}

let values = 0;
let errors = 0;
const faults: string[] = [];
let running = false;
let work: Promise<unknown> = Promise.resolve();

async function attempt(call: (options: CallOptions) => Promise<unknown>): Promise<void> {
  const began = performance.now(); // clock: bounds a hang
  try {
    await call({ timeout });
    values++;
  } catch (error) {
    if (error instanceof RpcError && !isOurFault(error)) errors++;
    else if (faults.length < 10) faults.push(inspect(error));
  }
  const took = performance.now() - began; // clock: bounds a hang
  if (took > timeout + slack && faults.length < 10) faults.push(`a call took ${took} ms`);
}

/** A receiver of ours threw: its connection guarded itself, and broke off. */
function isOurFault({ cause }: RpcError): boolean {
  return cause instanceof Error && cause.message.startsWith("the receiver of this connection threw");
}

/** Calls are repeated over UDP alone. */
function repeatedAfter(first: number, url: string): { retransmit?: { first: number } } {
  return url.startsWith("udp:") ? { retransmit: { first } } : {};
}

function clientsOf(url: string) {
  const callbacks = new Server().implement(SECOND_V1, { isThere: (name) => name !== "" });
  // Soon again, so that an attack does not wait for the client.
  const options = { timeout, callbacks, backoff: { ...defaultBackoff, first: 1, most: 2 }, ...repeatedAfter(30, url) };
  return { add: createClient(ADD_VERS, url, options), all: createClient(EVERYTHING_V1, url, options) };
}

async function callOn(url: string): Promise<void> {
  const { add, all } = clientsOf(url);
  let n = 0;
  const calls = [
    (options: CallOptions) => add.add({ a: n, b: 1 }, options),
    (options: CallOptions) => all.add(n, 1, options),
    (options: CallOptions) => all.echo("fuzz", options),
    (options: CallOptions) => all.list({ path: "fuzz", children: [], others: [] }, options),
    (options: CallOptions) => all.null(options),
  ];
  const keepCalling = async (): Promise<void> => {
    while (running) await attempt(calls[n++ % calls.length] as (typeof calls)[0]);
  };
  await Promise.all(Array.from({ length: depth }, keepCalling));
  await Promise.all([closeClient(add), closeClient(all)]);
}

async function stop(): Promise<ClientState> {
  running = false;
  await work;
  return { values, errors, faults };
}

/** The sums of honest calls. */
async function sums(url: string): Promise<number[]> {
  await using client = createClient(ADD_VERS, url, { timeout: 5000, ...repeatedAfter(100, url) });
  return await Promise.all(Array.from({ length: 50 }, (_, a) => client.add({ a, b: 1 })));
}

serveQuestions(
  {},
  async () => {},
  async (message: Message & { readonly url?: string }) => {
    const url = message.url ?? "";
    if (message.want === "sums") return sums(url);
    if (message.want === "stop") return stop();
    running = true;
    work = Promise.all(Array.from({ length: lines }, () => callOn(url)));
    return {};
  },
);
