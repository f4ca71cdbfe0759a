// `npm run bench -- hostile [--quick] [--only NAME] [--on SERVER] [--json FILE]`: twelve attacks on Lupine, on libtirpc's
// C server and on node:http, in one run. Prints a table in Markdown. Linux.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { enterNamespace } from "../../test/interop/harness/namespace.js";
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

const times = values.quick ? { quiet: 500, attack: 2_000 } : { quiet: 800, attack: 4_000 };
const results: { scenario: string; server: string; outcome?: Outcome; error?: string }[] = [];

console.log(
  "| attack | server | honest client, ms: median, p99 (failed) before | during | after | memory, MiB: before, most, after | CPU | attacker |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const scenario of scenarios.filter(({ name }) => values.only?.includes(name) ?? true)) {
  for (const target of targets.filter(({ name }) => values.on?.includes(name) ?? true)) {
    if (target.missing !== undefined || (scenario.udp && target.protocol === "http")) continue;
    const outcome = await attackOn(target, scenario, times).catch((error: unknown) => String(error));
    if (typeof outcome === "string") {
      results.push({ scenario: scenario.name, server: target.name, error: outcome });
      console.log(`| ${scenario.name} | ${target.name} | ${outcome} | | | | | |`);
    } else {
      results.push({ scenario: scenario.name, server: target.name, outcome });
      console.log(row(scenario.name, target.name, outcome));
    }
  }
}
console.log("");
for (const { name, about } of scenarios) console.log(`- *${name}*: ${about}.`);
for (const { name, missing } of targets) if (missing !== undefined) console.log(`${name} took no part: it ${missing}.`);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(results, undefined, 2));
process.exit(0);

function row(scenario: string, server: string, outcome: Outcome): string {
  const { before, during, after, memory, cpu, facts, isAlive } = outcome;
  const cells = [
    ...[before, during, after].map(shown),
    memory.map((one) => one.toFixed(0)).join(", "),
    `${cpu.toFixed(0)} %`,
    isAlive ? told(facts) : "the server died",
  ];
  return `| ${[scenario, server, ...cells].join(" | ")} |`;
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
