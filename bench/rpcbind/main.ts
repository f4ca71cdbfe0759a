// GETADDR calls a second and resident memory of our rpcbind against Debian's, in network namespaces of their own, in
// turns. Needs root, gcc and Debian's rpcbind: npm run bench -- rpcbind [--rounds N] [--ms N] [--json FILE].
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Binder } from "lupine/binding";
import { enterNamespace } from "../../test/interop/harness/namespace.js";
import { type Outcome, report } from "../report/report.js";
import { amount, ratio, spread } from "../report/statistics.js";

const project = fileURLToPath(new URL("../../../", import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    ms: { type: "string", default: "700" },
    json: { type: "string" },
  },
});

const binders = {
  Lupine: [
    process.execPath,
    join(project, "dist/cli/main.js"),
    "rpcbind",
    "--all",
    "--unix",
    "/run/rpcbind.sock",
    "--log",
    "none",
  ],
  Debian: ["rpcbind", "-f"],
} as const;
type Name = keyof typeof binders;
const rows = ["udp", "tcp"].flatMap((netid) => [1, 16, 128].map((inFlight) => ({ netid, inFlight })));

enterNamespace(import.meta.url);

const load = join(project, "build/c/rpcbind-load");
mkdirSync(join(project, "build/c"), { recursive: true });
execFileSync("gcc", ["-O2", "-o", load, join(project, "bench/rpcbind/c/load.c")]);
const figures = new Map<string, number[]>();
const memory = new Map<Name, string[]>();
await report("rpcbind", values.json, async () => {
  // The first round warms up and does not count.
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const name of Object.keys(binders) as Name[]) await measure(name, round > 0);
  }
  return outcome();
});

async function measure(name: Name, counts: boolean): Promise<void> {
  const [command, ...args] = binders[name];
  const child = spawn(command, args, {
    stdio: "ignore",
    env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` },
  });
  try {
    await fill();
    const idle = residentMemory(child);
    for (const { netid, inFlight } of rows) {
      execFileSync(load, [netid, String(inFlight), "300"]);
      const perSecond = Number(execFileSync(load, [netid, String(inFlight), values.ms]));
      const key = `${name} ${netid} ${inFlight}`;
      if (counts) figures.set(key, [...(figures.get(key) ?? []), perSecond]);
    }
    memory.set(name, [idle, residentMemory(child)]);
  } finally {
    child.kill();
    await new Promise((resolve) => child.once("exit", resolve));
  }
}

/** Waits for the binder, and registers what a machine has: ten programs, on four transports. */
async function fill(): Promise<void> {
  for (let i = 0; i < 200 && !(await accepts()); i++) await sleep(20);
  await using binder = new Binder({ kind: "unix", path: "/run/rpcbind.sock" });
  for (let program = 300_120; program < 300_130; program++) {
    for (const netid of ["tcp", "udp", "tcp6", "udp6"]) {
      const address = `${netid.endsWith("6") ? "::" : "0.0.0.0"}.8.1`;
      if (!(await binder.set({ program, version: 1, netid, address, owner: "0" }))) throw new Error("SET was refused");
    }
  }
}

function accepts(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect("/run/rpcbind.sock");
    socket.once("connect", () => socket.destroy(void resolve(true)));
    socket.once("error", () => resolve(false));
  });
}

function residentMemory({ pid }: ChildProcess): string {
  const file = `/proc/${pid}/status`;
  const kilobytes = existsSync(file) ? /VmRSS:\s+(\d+)/.exec(readFileSync(file, "utf8"))?.[1] : undefined;
  return (Number(kilobytes ?? 0) / 1024).toFixed(1);
}

function outcome(): Outcome {
  const table = rows.map(({ netid, inFlight }) => {
    const [own = [], other = []] = (["Lupine", "Debian"] as const).map(
      (name) => figures.get(`${name} ${netid} ${inFlight}`) ?? [],
    );
    return [
      `${netid}, ${inFlight} in flight`,
      spread(own, amount),
      spread(other, amount),
      ratio(own, other).toFixed(2),
    ];
  });
  return {
    tables: [
      {
        title: "GETADDR (version 4), calls a second: least / median / most of the rounds, and the ratio",
        head: ["", "Lupine", "Debian's rpcbind", "ratio"],
        rows: table,
      },
      {
        title: "Resident memory, MiB",
        head: ["", "at start", "after the load"],
        rows: [...memory].map(([name, readings]) => [name, ...readings]),
      },
    ],
    notes: [`${values.rounds} rounds of ${values.ms} ms, each binder in turn with forty registrations.`],
  };
}
