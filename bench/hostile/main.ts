// `npm run bench -- hostile [--quick] [--only NAME] [--on SERVER] [--json FILE]`: twelve attacks on Lupine, on libtirpc's
// C server and on node:http, in one run. Linux.
import { parseArgs } from "node:util";
import { enterNamespace } from "../../test/interop/harness/namespace.js";
import { report } from "../report/report.js";
import type { Probed } from "./probe.js";
import { attackOn, type Outcome } from "./run.js";
import { scenarios } from "./scenarios.js";
import { targets } from "./servers.js";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    on: { type: "string", multiple: true },
    json: { type: "string" },
  },
});
refuseUnknown(
  "--only",
  values.only,
  scenarios.map(({ name }) => name),
);
refuseUnknown(
  "--on",
  values.on,
  targets.map(({ name }) => name),
);
// Ports and addresses of nobody else, where the system lets us.
enterNamespace(import.meta.url);

const head = [
  "attack",
  "server",
  "honest client, ms: median, p99 (failed) before",
  "during",
  "after",
  "memory, MiB: before, most, after",
  "CPU",
  "attacker",
];
const times = values.quick ? { quiet: 500, attack: 2_000 } : { quiet: 800, attack: 4_000 };
await report("hostile", values.json, async () => {
  const rows: string[][] = [];
  for (const scenario of scenarios.filter(({ name }) => values.only?.includes(name) ?? true)) {
    for (const target of targets.filter(({ name }) => values.on?.includes(name) ?? true)) {
      if (target.missing !== undefined || (scenario.udp && target.protocol === "http")) continue;
      process.stderr.write(`${scenario.name}: ${target.name}\n`);
      const outcome = await attackOn(target, scenario, times).catch((error: unknown) => String(error));
      rows.push(
        typeof outcome === "string" ? [scenario.name, target.name, outcome] : row(scenario.name, target.name, outcome),
      );
    }
  }
  return { tables: [{ title: "The honest client and the server under each attack", head, rows }], notes: notes() };
});
process.exit(0);

function notes(): string[] {
  return [
    ...scenarios.map(({ name, about }) => `*${name}*: ${about}.`),
    ...targets.flatMap(({ name, missing }) => (missing === undefined ? [] : [`${name} took no part: it ${missing}.`])),
  ];
}

function row(scenario: string, server: string, outcome: Outcome): string[] {
  const { before, during, after, memory, cpu, facts, isAlive } = outcome;
  return [
    scenario,
    server,
    ...[before, during, after].map(shown),
    memory.map((one) => one.toFixed(0)).join(", "),
    `${cpu.toFixed(0)} %`,
    isAlive ? told(facts) : "the server died",
  ];
}

function shown({ calls, failed, median, p99 }: Probed): string {
  if (calls === 0) return "-";
  return `${median.toFixed(1)}, ${p99.toFixed(0)}${failed === 0 ? "" : ` (${failed} of ${calls})`}`;
}

function told({ connected = 0, failed = 0, closed = 0, sent = 0, received = 0 }: Outcome["facts"]): string {
  const mega = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
  const parts = [
    ...(connected > 0 ? [`${connected} connected, ${closed} closed${failed > 0 ? `, ${failed} refused` : ""}`] : []),
    ...(sent > 0 ? [`${mega(sent)} MB sent, ${mega(received)} MB received`] : []),
  ];
  return parts.join("; ") || "-";
}

/** Ends the benchmark if a name is unknown. */
function refuseUnknown(option: string, given: readonly string[] | undefined, known: readonly string[]): void {
  for (const name of given ?? []) {
    if (known.includes(name)) continue;
    console.error(`${option} ${name}: there is ${known.join(", ")}`);
    process.exit(2);
  }
}
