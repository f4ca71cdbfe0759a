// What grows in the growth benchmark: each curve does work of several sizes.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { closeClient, createClient } from "lupine";
import { generate } from "lupine/codegen";
import { loadInterface } from "lupine/dynamic";
import { compileInterface, type InterfaceModule } from "lupine/idl";
import { decode, encode, type XdrType } from "lupine/xdr";
import { project } from "../../test/interop/harness/compile.js";
import { PEER_V1 } from "../../test/interop/peer.gen.js";
import { blob, directory } from "../codec/codec.gen.js";

export interface Curve {
  readonly name: string;
  /** What the time is given for. */
  readonly unit: string;
  readonly sizes: readonly number[];
  /** Makes what the work needs. The result does the work once, which has `units(size)` units, and returns its result. */
  prepare(size: number): Promise<() => unknown> | (() => unknown);
  readonly units: (size: number) => number;
}

const KiB = 1024;

const tree = loadInterface("struct tree { int value; tree *left; tree *right; };").types.get(
  "tree",
) as XdrType<unknown>;
const itself = (size: number): number => size;

export const codecCurves: readonly Curve[] = [
  {
    name: "encode and decode an opaque",
    unit: "KiB",
    sizes: [1, 16, 256, 4096],
    prepare: (size) => {
      const value = { data: new Uint8Array(size * KiB).fill(7) };
      return () => decode(blob, encode(blob, value));
    },
    units: itself,
  },
  {
    name: "encode and decode a linked list",
    unit: "entry",
    sizes: [10, 100, 1_000, 10_000, 100_000],
    prepare: (size) => {
      const entries = Array.from({ length: size }, (_, i) => ({ fileid: i, name: `file-${i}.txt`, cookie: BigInt(i) }));
      return () => decode(directory, encode(directory, { entries }));
    },
    units: itself,
  },
  {
    name: "encode and decode a chain of pointers",
    unit: "level",
    sizes: [10, 50, 190],
    prepare: (size) => {
      let value: unknown = null;
      for (let i = 0; i < size; i++) value = { value: i, left: value, right: null };
      return () => decode(tree, encode(tree, value));
    },
    units: itself,
  },
];

/** @param text an interface file with this number of lines */
export function compileCurve(text: (lines: number) => string): Curve {
  return {
    name: "compile an interface file (analyze, generate)",
    unit: "line",
    sizes: [500, 5_000, 50_000],
    prepare: (size) => {
      const file = { file: "mixed.x", text: text(size) };
      return () => generate(compileInterface(file).module as InterfaceModule, { target: "ts" });
    },
    units: itself,
  };
}

/** Curves of calls to a server in another process. `stop` ends it. */
export async function callCurves(): Promise<{ readonly curves: readonly Curve[]; stop(): void }> {
  const server: ChildProcess = spawn(
    process.execPath,
    [join(project, "build", "bench", "calls", "lupine-server.js"), "tcp", "many connections"],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  process.once("exit", () => server.kill("SIGKILL"));
  const [port] = await once(createInterface({ input: server.stdout as NonNullable<typeof server.stdout> }), "line");
  const connect = () => createClient(PEER_V1, `tcp://127.0.0.1:${port}`, { timeout: 600_000 });
  type Client = ReturnType<typeof connect>;

  /** Makes this number of calls, with `depth` in flight over all clients. */
  const callAll = async (clients: readonly Client[], calls: number, depth: number): Promise<void> => {
    let made = 0;
    const loop = async (client: Client): Promise<void> => {
      while (made < calls) {
        const a = made++ & 0xffff;
        if ((await client.add({ a, b: 2 })) !== a + 2) throw new Error("wrong sum");
      }
    };
    await Promise.all(Array.from({ length: depth }, (_, i) => loop(clients[i % clients.length] as Client)));
  };

  const client = connect();
  const burst: Curve = {
    name: "a burst of calls, all at once",
    unit: "call",
    sizes: [100, 1_000, 10_000, 100_000],
    prepare: (size) => () => callAll([client], size, size),
    units: itself,
  };
  const inFlight: Curve = {
    name: "calls, by calls in flight",
    unit: "call",
    sizes: [16, 128, 1_024, 2_048, 16_384, 65_536],
    prepare: (depth) => () => callAll([client], Math.max(4 * depth, 20_000), depth),
    units: (depth) => Math.max(4 * depth, 20_000),
  };
  let open: Client[] = [];
  const connections: Curve = {
    name: "calls with 1,000 in flight, by connections",
    unit: "call",
    sizes: [1, 10, 100, 1_000, 2_000],
    prepare: async (count) => {
      await Promise.all(open.map((each) => closeClient(each)));
      open = Array.from({ length: count }, connect);
      // As many at a time as the system's queue for a listener takes.
      for (let at = 0; at < count; at += 100) await callAll(open.slice(at, at + 100), 100, 100);
      return () => callAll(open, 50_000, 1_000);
    },
    units: () => 50_000,
  };
  /** Around 16 KiB and 1 MiB, where messages are read and sent in another way. */
  const payload: Curve = {
    name: "an echo, one at a time, by its payload",
    unit: "KiB",
    sizes: [1, 8, 15, 16, 17, 32, 64, 256, 1_024, 1_126, 4_096],
    prepare: (size) => {
      const bytes = new Uint8Array(size * KiB).fill(7);
      return async () => {
        if ((await client.echo(bytes)).length !== bytes.length) throw new Error("wrong echo");
      };
    },
    units: itself,
  };
  return { curves: [inFlight, burst, connections, payload], stop: () => void server.kill("SIGKILL") };
}
