// What a directory costs with a thousand servers and a thousand watchers: CPU and memory of its process while nothing
// changes, and how long a change takes to reach the watchers of a path.
//   npm run bench -- directory [--engine nats,served] [--servers N] [--watchers N] [--paths N] [--lease MS] [--ms MS]
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Directory, openDirectory } from "lupine/directory";

const project = fileURLToPath(new URL("../../../", import.meta.url));
const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "nats,served" },
    servers: { type: "string", default: "1000" },
    watchers: { type: "string", default: "1000" },
    paths: { type: "string", default: "100" },
    lease: { type: "string", default: "3000" },
    ms: { type: "string", default: "5000" },
  },
});
const servers = Number(values.servers);
const watchers = Number(values.watchers);
const lease = Number(values.lease);
const changes = 20;

interface Watcher {
  readonly path: string;
  ids: ReadonlySet<string>;
  /** When it was told last. */
  told: number;
}

for (const engine of values.engine.split(",")) await measure(engine);
process.exit(0);

async function measure(engine: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-bench-"));
  const port = await freePort();
  const child = engine === "nats" ? startNats(port, folder) : startServed(port, folder);
  try {
    await listens(port);
    print(`${engine}: ${servers} servers at ${values.paths} paths, ${watchers} watchers, leases of ${lease} ms`);
    const url = `${engine === "nats" ? "nats" : "tcp"}://127.0.0.1:${port}`;
    await timed("servers registered", servers, (at) => register(url, at));
    const watching: Watcher[] = [];
    await timed("watches opened", watchers, async (at) => void watching.push(await watch(url, at)));
    await rest(child, engine === "nats" ? port + 1 : undefined);
    await change(url, watching);
  } finally {
    child.kill("SIGKILL"); // Withdrawing a thousand servers one by one is not what is measured.
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Fifty at a time, each over a connection of its own. */
async function timed(what: string, count: number, act: (at: number) => Promise<void>): Promise<void> {
  const begin = performance.now();
  for (let at = 0; at < count; at += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - at) }, (_, more) => act(at + more)));
  }
  print(`  ${count} ${what} in ${Math.round(performance.now() - begin)} ms`);
}

async function register(url: string, at: number): Promise<void> {
  const directory = await openDirectory(url, { timeout: 20_000 });
  await announce(directory, pathOf(at), `server-${at}`);
}

async function watch(url: string, at: number): Promise<Watcher> {
  const directory = await openDirectory(url, { timeout: 20_000 });
  const watcher: Watcher = { path: pathOf(at), ids: new Set(), told: 0 };
  const options = { timeout: 20_000 };
  await directory.engine.watch(
    watcher.path,
    (entries) => {
      watcher.ids = new Set(entries.map(({ id }) => id));
      watcher.told = performance.now();
    },
    options,
  );
  return watcher;
}

async function rest(child: ChildProcess, monitor: number | undefined): Promise<void> {
  await sleep(2_000);
  const [before, own, begin] = [cpuOf(child), process.cpuUsage(), performance.now()];
  const messages = await messagesOf(monitor);
  await sleep(Number(values.ms));
  const seconds = (performance.now() - begin) / 1_000;
  const used = (cpuOf(child) - before) / seconds / 10;
  const { user, system } = process.cpuUsage(own);
  const all = ((user + system) / 1e4 / seconds).toFixed(0);
  print(`  at rest: ${used.toFixed(0)} % of a core, ${memoryOf(child)} MB resident; all servers and watchers ${all} %`);
  const now = await messagesOf(monitor);
  if (messages === undefined || now === undefined) return;
  const [into, out] = [now.in - messages.in, now.out - messages.out].map((count) => Math.round(count / seconds));
  print(`  messages a second: ${into} in, ${out} out`);
}

async function change(url: string, watching: readonly Watcher[]): Promise<void> {
  const directory = await openDirectory(url);
  const joins: number[] = [];
  const leaves: number[] = [];
  for (let round = 0; round < changes; round++) {
    const path = pathOf(round);
    const id = `change-${round}`;
    const there = watching.filter((watcher) => watcher.path === path);
    const begin = performance.now();
    const registration = await announce(directory, path, id);
    joins.push(...(await until(there, (watcher) => watcher.ids.has(id), begin)));
    const end = performance.now();
    await registration.withdraw();
    leaves.push(...(await until(there, (watcher) => !watcher.ids.has(id), end)));
  }
  print(`  a join is told after ${spread(joins)}, a leave after ${spread(leaves)}`);
}

async function until(watching: readonly Watcher[], done: (watcher: Watcher) => boolean, begin: number) {
  for (const end = begin + 20_000; !watching.every(done); await sleep(1)) {
    if (performance.now() > end) throw new Error("a watcher was not told within 20 s");
  }
  return watching.map(({ told }) => told - begin);
}

function announce(directory: Directory, path: string, id: string) {
  const versions = [{ program: 100_003, version: 3 }];
  const addresses = ["tcp://10.0.0.7:2049", "udp://10.0.0.7:2049"];
  return directory.engine.announce(path, { id, versions, addresses, priority: 0, weight: 1 }, { lease });
}

function pathOf(at: number): string {
  return `/services/path-${at % Number(values.paths)}`;
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const [median, most] = [sorted[sorted.length >> 1] ?? 0, sorted.at(-1) ?? 0];
  return `${median.toFixed(1)} ms (at most ${most.toFixed(1)})`;
}

function startNats(port: number, folder: string): ChildProcess {
  const args = ["-js", "-a", "127.0.0.1", "-p", String(port), "-m", String(port + 1), "-sd", folder];
  const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };
  return spawn("nats-server", args, { stdio: "ignore", env });
}

function startServed(port: number, folder: string): ChildProcess {
  const args = ["directory", "serve", "--port", String(port), "--bind", "127.0.0.1", "--rpcbind", "none"];
  const command = [join(project, "dist/cli/main.js"), ...args, "--state", join(folder, "state"), "--log", "none"];
  return spawn(process.execPath, command, { stdio: "ignore" });
}

async function listens(port: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++, await sleep(20)) {
    const socket = connect(port, "127.0.0.1");
    const done = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (done) return;
  }
  throw new Error(`nothing listens at port ${port}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Milliseconds of CPU that the process has used. */
function cpuOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function memoryOf({ pid }: ChildProcess): number {
  const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(resident) / 1024);
}

async function messagesOf(port: number | undefined): Promise<{ in: number; out: number } | undefined> {
  if (port === undefined) return undefined;
  const answer = await fetch(`http://127.0.0.1:${port}/varz`);
  const { in_msgs, out_msgs } = (await answer.json()) as { in_msgs: number; out_msgs: number };
  return { in: in_msgs, out: out_msgs };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
