// Graphs of 1,000 nodes: encode and decode together, beside structuredClone of the same graph. Paired: both in each round.
// npm run bench -- graph [--rounds N] [--json FILE]
import { parseArgs } from "node:util";
import { decode, encode } from "lupine/xdr";
import { report } from "../report/report.js";
import { duration, ratio, spread } from "../report/statistics.js";
import { type cell, graph, type node, ring } from "./graph.gen.js";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "30" }, json: { type: "string" } } });
const COUNT = 1000;
/** Copies of a graph in one measurement. */
const REPEATS = 20;

interface Subject {
  readonly name: string;
  copy(): void;
  clone(): void;
}

function ringOf(): ring {
  const cells = Array.from({ length: COUNT }, (_, value): cell => ({ value, next: null }));
  for (const [i, one] of cells.entries()) one.next = cells[(i + 1) % COUNT] ?? null;
  return { cells, start: cells[0] ?? null };
}

/** Each node leads to three others, some far away. */
function graphOf(): graph {
  const nodes = Array.from({ length: COUNT }, (_, i): node => ({ name: `node ${i}`, weight: i / 7, to: [] }));
  for (const [i, one] of nodes.entries()) {
    one.to = [1, 31, 997].map((step) => nodes[(i * step + step) % COUNT] ?? null);
  }
  return { nodes, root: nodes[0] ?? null };
}

const [aRing, aGraph] = [ringOf(), graphOf()];
const rooted: graph = { nodes: [], root: aGraph.root };
const subjects: readonly Subject[] = [
  {
    name: "ring, two fields a node",
    copy: () => void decode(ring, encode(ring, aRing)),
    clone: () => void structuredClone(aRing),
  },
  {
    name: "three references, a name and a number a node",
    copy: () => void decode(graph, encode(graph, aGraph)),
    clone: () => void structuredClone(aGraph),
  },
  {
    name: "the same, found from its root",
    copy: () => void decode(graph, encode(graph, rooted)),
    clone: () => void structuredClone(rooted),
  },
];

/** Nanoseconds of one run. */
function time(work: () => void): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < REPEATS; i++) work();
  return Number(process.hrtime.bigint() - start) / REPEATS;
}

await report("graph", values.json, () => ({
  tables: [
    {
      title: `A copy of ${COUNT} nodes: least / median / most of the rounds`,
      head: ["", "encode and decode", "structuredClone", "ratio"],
      rows: subjects.map(({ name, copy, clone }) => {
        for (let i = 0; i < 10; i++) [copy, clone].forEach(time);
        const rounds = Array.from({ length: Number(values.rounds) }, () => [time(copy), time(clone)] as const);
        const [ours, theirs] = [rounds.map(([one]) => one), rounds.map(([, other]) => other)];
        return [name, spread(ours, duration), spread(theirs, duration), ratio(theirs, ours).toFixed(2)];
      }),
    },
  ],
  notes: [`${values.rounds} rounds, both in each. A ratio above 1 means that Lupine is faster.`],
}));
