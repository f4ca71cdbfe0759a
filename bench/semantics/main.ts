// The price of call semantics, side by side: npm run bench -- semantics [--rounds N] [--ms N] [--depth N] [--kind TEXT]
// [--transport tcp|udp] [--json FILE]
// Every kind takes its turn in every round, so that other work on the machine affects all alike. The first round warms up.
// A ratio is that of two kinds in the same round; the table shows medians. On a busy machine a client gets so little of the processor in a
// round that its code would still be interpreted: the first round has a least number of calls.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { report, type Table } from "../report/report.js";
import { amount, median, ratio } from "../report/statistics.js";
import { Worker } from "../report/worker.js";
import type { Round } from "./client.js";
import { type Kind, kinds } from "./kinds.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    ms: { type: "string", default: "400" },
    depth: { type: "string", default: "64" },
    kind: { type: "string", default: "" },
    transport: { type: "string" },
    json: { type: "string" },
  },
});

/** Calls of each kind in the first round: enough for the compiler. */
const warmUp = 100_000;

/** LUPINE_PROFILE=server or client: writes a profile of the processor time of these processes. */
function execArgv(script: string): string[] {
  return `${process.env["LUPINE_PROFILE"]}.js` === script
    ? ["--cpu-prof", "--cpu-prof-dir=/tmp/semantics-profiles"]
    : [];
}

function start(script: string, ...args: readonly string[]): Worker {
  return new Worker(join(import.meta.dirname, script), args, execArgv(script));
}

interface Figure {
  /** Calls a second. */
  readonly rate: number;
  /** Processor time of client and server for a call, in microseconds. */
  readonly client: number;
  readonly server: number;
  readonly p99: number;
  readonly failed: number;
}

type Figures = Map<string, Figure[]>;

/** The processes of a kind. */
async function startBoth(transport: string, kind: Kind, folder: string): Promise<{ server: Worker; client: Worker }> {
  if (kind.isBare === true) {
    const server = start("bare.js", "server", kind.writes === undefined ? "nothing" : "log", folder);
    return { server, client: start("bare.js", "client", await server.next(), values.depth) };
  }
  const server = start("server.js", transport, kind.server, folder);
  return { server, client: start("client.js", transport, await server.next(), kind.semantics, values.depth) };
}

async function measure(transport: string, all: readonly Kind[], folder: string) {
  const chosen = all.filter(({ isBare }) => isBare !== true || transport === "tcp");
  const figures: Figures = new Map(chosen.map(({ name }) => [name, []]));
  const syncs: number[] = [];
  const bare: number[] = [];
  const pairs = new Map<Kind, { server: Worker; client: Worker }>();
  for (const kind of chosen) pairs.set(kind, await startBoth(transport, kind, folder));
  for (let round = 0; round <= Number(values.rounds); round++) {
    process.stderr.write(
      round === 0 ? `${transport}: warming up\n` : `${transport}: round ${round} of ${values.rounds}\n`,
    );
    for (const [{ name }, { server, client }] of pairs) {
      const before = Number(await server.ask("time"));
      const { calls, failed, milliseconds, processor, p99 } = JSON.parse(
        await client.ask(round === 0 ? `${values.ms} ${warmUp}` : values.ms),
      ) as Round;
      const spent = Number(await server.ask("time")) - before;
      if (round === 0) continue;
      figures.get(name)?.push({
        rate: (calls / milliseconds) * 1000,
        client: processor / calls,
        server: spent / calls,
        p99,
        failed,
      });
    }
    const [any] = pairs.values();
    for (let times = 0; times < 20; times++) syncs.push(Number(await any?.server.ask("sync")) / 1000);
    for (const time of ((await any?.server.ask("bare")) ?? "").split(" ")) bare.push(Number(time) / 1000);
  }
  for (const { server, client } of pairs.values()) await Promise.all([client.stop(), server.stop()]);
  return { figures, sync: median(syncs), slow: slowOf(syncs), bare: median(bare), slowBare: slowOf(bare) };
}

/** The 99th of 100 times by length. */
function slowOf(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
}

function inSyncs(syncs: number, { goal }: Kind): string {
  return goal === undefined ? syncs.toFixed(1) : `${syncs.toFixed(1)} (goal 3)`;
}

function table(transport: string, figures: Figures, sync: number, bare: number): Table {
  const rows = kinds.flatMap((kind) => {
    const own = figures.get(kind.name);
    if (own === undefined) return [];
    const of = (pick: (figure: Figure) => number): number => median(own.map(pick));
    const against = kind.against === undefined ? undefined : figures.get(kind.against);
    const compare = (pick: (figure: Figure) => number): string =>
      against === undefined ? "-" : ratio(own.map(pick), against.map(pick)).toFixed(2);
    return [
      [
        kind.name,
        amount(of((figure) => figure.rate)),
        against === undefined ? "-" : `${compare((figure) => figure.rate)} of ${kind.against}`,
        kind.goal?.toFixed(2) ?? "-",
        `${of((figure) => figure.client).toFixed(2)} + ${of((figure) => figure.server).toFixed(2)} us`,
        compare((figure) => 1 / (figure.client + figure.server)),
        `${of((figure) => figure.p99).toFixed(2)} ms`,
        kind.writes === undefined ? "-" : inSyncs(of((figure) => figure.p99) / sync, kind),
        kind.writes === undefined ? "-" : ((of((figure) => figure.rate) * bare * kind.writes) / 64_000).toFixed(2),
      ],
    ];
  });
  const head = [
    "",
    "calls a second",
    "ratio",
    "goal",
    "processor: client + server",
    "its ratio",
    "p99",
    "in syncs",
    "of the disk",
  ];
  return { title: `${transport}, ${values.depth} calls in flight (medians)`, head, rows };
}

const folder = mkdtempSync(join(process.cwd(), ".semantics-"));
try {
  const chosen = kinds.filter(({ name }) => name.includes(values.kind) || name === "maybe");
  await report("semantics", values.json, async () => {
    const tables: Table[] = [];
    const syncs: string[] = [];
    const bares: string[] = [];
    for (const transport of values.transport === undefined ? ["tcp", "udp"] : [values.transport]) {
      const { figures, sync, slow, bare, slowBare } = await measure(transport, chosen, folder);
      tables.push(table(transport.toUpperCase(), figures, sync, bare));
      syncs.push(`${sync.toFixed(2)} ms (${transport.toUpperCase()}; p99 ${slow.toFixed(2)} ms)`);
      bares.push(`${bare.toFixed(2)} ms (p99 ${slowBare.toFixed(2)} ms)`);
    }
    const notes = [
      `${values.rounds} rounds of ${values.ms} ms. A ratio is that of two kinds in the same round.`,
      `One fdatasync of 4 KiB took ${syncs.join(" and ")} (median).`,
      `One bare write of the records of 64 calls took ${bares.join(" and ")} (median). "Of the disk": the rate, divided by that of such writes.`,
    ];
    return { tables, notes };
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
