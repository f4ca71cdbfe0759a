// Memory of a connection that is idle and of a call that is outstanding: npm run bench -- memory [--connections N] [--calls N] [--json FILE]
// Each is the growth of a process's memory, after garbage collection, divided by how many there are.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { report } from "../report/report.js";
import { bytes } from "../report/statistics.js";
import type { Order, Reading } from "./process.js";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "2000" },
    calls: { type: "string", default: "20000" },
    json: { type: "string" },
  },
});

await report("memory", values.json, async () => {
  const rows: string[][] = [];
  for (const [label, kind] of [
    ["Lupine", "lupine"],
    ["bare Node", "bare"],
    ["node:http", "http"],
  ] as const) {
    const server = launch(`${kind}-server`);
    const { port } = await ask(server, { do: "listen" });
    const client = launch("dialler");
    const before = await ask(server, { do: "measure" });
    await ask(client, { do: "connect", port, count: Number(values.connections) });
    rows.push([
      `a connection, ${label}`,
      ...growth(before, await ask(server, { do: "measure" }), Number(values.connections)),
    ]);
    for (const child of [client, server]) child.kill("SIGKILL");
  }
  const server = launch("lupine-server");
  const { port } = await ask(server, { do: "listen" });
  const client = launch("caller");
  await ask(client, { do: "call", port, count: 1 });
  const [atClient, atServer] = [await ask(client, { do: "measure" }), await ask(server, { do: "measure" })];
  await ask(client, { do: "call", port, count: Number(values.calls) });
  // The server has all calls when a later one is answered.
  rows.push([
    "an outstanding call, client",
    ...growth(atClient, await ask(client, { do: "measure" }), Number(values.calls)),
  ]);
  rows.push([
    "an outstanding call, server",
    ...growth(atServer, await ask(server, { do: "measure" }), Number(values.calls)),
  ]);
  for (const child of [client, server]) child.kill("SIGKILL");
  return {
    tables: [
      {
        title: "Memory for each",
        head: ["", "objects of JavaScript", "buffers", "the process (resident)"],
        rows,
      },
    ],
    notes: [
      `${values.connections} connections without a call; ${values.calls} calls of one connection that no handler answers.`,
    ],
  };
});
process.exit();

function growth(before: Reading, after: Reading, count: number): string[] {
  return (["heap", "buffers", "resident"] as const).map((part) => bytes((after[part] - before[part]) / count));
}

function launch(role: string): ChildProcess {
  const child = fork(join(import.meta.dirname, "process.js"), [role], { execArgv: ["--expose-gc"] });
  process.once("exit", () => child.kill("SIGKILL"));
  return child;
}

async function ask(child: ChildProcess, order: Order): Promise<Reading> {
  child.send(order);
  const [reading] = await once(child, "message");
  return reading as Reading;
}
