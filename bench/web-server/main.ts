// Requests a second of examples/web-server beside node:cluster, nginx and Apache: npm run bench -- web-server [--rounds N] [--seconds N] [--json FILE]
// Needs wrk. nginx and Apache take part if they are installed. All send the same file of 4 KiB with two processes, over 64 connections that
// are kept, and take turns in every round.
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { report } from "../report/report.js";
import { amount, ratio, spread } from "../report/statistics.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    json: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const absent: string[] = [];
const folder = mkdtempSync(join(tmpdir(), "bench-web-"));
// nginx and Apache read it as another user.
chmodSync(folder, 0o755);
const file = join(folder, "file.txt");
writeFileSync(file, "x".repeat(4096));

interface Competitor {
  readonly name: string;
  readonly port: number;
  readonly command: readonly string[];
}

const built = (...path: string[]): string => join(import.meta.dirname, "..", "..", ...path);
const hasProgram = (name: string): boolean =>
  spawnSync("sh", ["-c", `PATH="$PATH:/usr/sbin" command -v ${name}`]).status === 0;

function configuration(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function competitors(): Competitor[] {
  const node = process.execPath;
  const address = "tcp://127.0.0.1:31801";
  const server = built("examples", "web-server", "server.js");
  const all: Competitor[] = [
    { name: "examples/web-server", port: 31_801, command: [node, server, address, folder, "2"] },
    {
      name: "node:cluster",
      port: 31_802,
      command: [node, built("bench", "web-server", "cluster.js"), "31802", file, "2"],
    },
  ];
  if (hasProgram("nginx")) {
    const text = `daemon off; pid ${folder}/nginx.pid; error_log stderr crit; worker_processes 2; events {}
      http { access_log off; keepalive_requests 1000000; server { listen 127.0.0.1:31803; root ${folder}; } }`;
    all.push({ name: "nginx", port: 31_803, command: ["nginx", "-c", configuration("nginx.conf", text)] });
  } else absent.push("nginx");
  if (hasProgram("apache2")) {
    const modules = "/usr/lib/apache2/modules";
    const text = `ServerRoot ${folder}\nPidFile ${folder}/apache.pid\nListen 127.0.0.1:31804\nServerName bench
LoadModule mpm_prefork_module ${modules}/mod_mpm_prefork.so\nLoadModule authz_core_module ${modules}/mod_authz_core.so
StartServers 64\nMaxRequestWorkers 64\nMinSpareServers 64\nKeepAlive On\nMaxKeepAliveRequests 0\nErrorLog /dev/null\nDocumentRoot ${folder}\n`;
    const command = ["apache2", "-DFOREGROUND", "-f", configuration("apache.conf", text)];
    all.push({ name: "Apache (prefork)", port: 31_804, command });
  } else absent.push("Apache");
  return all;
}

const running: ChildProcess[] = [];
process.once("exit", () => {
  for (const one of running) one.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

async function launch({ command: [program = "", ...args], port, name }: Competitor): Promise<void> {
  const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };
  // In a group of its own: Apache ends all processes of its group.
  const child = spawn(program, args, { env, stdio: ["ignore", "ignore", "inherit"], detached: true });
  running.push(child);
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) break;
    if (await accepts(port)) return;
    await sleep(50);
  }
  throw new Error(`${name} does not listen at port ${port}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** @returns requests a second. */
async function measure({ port, name }: Competitor): Promise<number> {
  const url = `http://127.0.0.1:${port}/file.txt`;
  const { stdout } = await promisify(execFile)("wrk", ["-t1", "-c64", `-d${values.seconds}`, url]);
  if (/Non-2xx/.test(stdout)) throw new Error(`${name} refused requests:\n${stdout}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}

if (!hasProgram("wrk")) {
  console.log("wrk is not installed: apt-get install wrk");
  process.exit(1);
}
const all = competitors();
for (const one of all) await launch(one);

await report("web-server", values.json, async () => {
  const figures = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const one of all) {
      const perSecond = await measure(one);
      if (round > 0) figures.get(one.name)?.push(perSecond);
    }
  }
  const ours = figures.get("examples/web-server") ?? [];
  return {
    tables: [
      {
        title:
          "Requests a second for a file of 4 KiB: least / median / most, and how many times that examples/web-server makes",
        head: ["", "requests a second", "ratio"],
        rows: [...figures].map(([name, own]) => [name, spread(own, amount), ratio(ours, own).toFixed(2)]),
      },
    ],
    notes: [
      `wrk, 64 connections that are kept, two processes each; ${rounds} rounds of ${values.seconds} s.`,
      ...absent.map((name) => `${name} is not installed, and took no part.`),
    ],
  };
});
process.exit();
