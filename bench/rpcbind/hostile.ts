// What hostile callers can do to our rpcbind, in figures: floods, lies, absurd lengths, silence, and a full table, beside
// Debian's rpcbind where it does the same. Needs root and Debian's rpcbind: npm run bench -- rpcbind-hostile.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { Binder } from "lupine/binding";
import { lupineRpcbind } from "../../test/interop/harness/binders.js";
import { enterNamespace } from "../../test/interop/harness/namespace.js";
import { type Running, startDebianRpcbind } from "../../test/interop/harness/processes.js";
import { attacksFile } from "./attacks.js";

enterNamespace(import.meta.url);
layCable();

const far = ["ip", "netns", "exec", "far"];
const nobody = 65_534;

/** Near is 192.0.2.1, far is 192.0.2.2: another machine. */
function layCable(): void {
  const commands = [
    "ip netns add far",
    "ip link add near type veth peer name there netns far",
    "ip addr add 192.0.2.1/24 dev near && ip link set near up",
    "ip netns exec far ip addr add 192.0.2.2/24 dev there && ip netns exec far ip link set there up",
  ];
  for (const command of commands) execFileSync("sh", ["-c", command]);
}

function megabytes({ pid }: Running): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}

function descriptors({ pid }: Running): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

interface Attack {
  readonly prefix?: readonly string[];
  readonly uid?: number;
}

/** Runs an attack to its end, or until it has said what came of it. */
function attack(name: string, count: number, host: string, { prefix = [], uid }: Attack = {}) {
  const [command = "", ...args] = [...prefix, process.execPath, attacksFile, name, String(count), host];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], ...(uid === undefined ? {} : { uid }) });
  const said = new Promise<Record<string, unknown>>((resolve) => {
    child.stdout.once("data", (chunk) => resolve(JSON.parse(String(chunk)) as Record<string, unknown>));
  });
  return { said, stop: () => void child.kill("SIGKILL") };
}

/** Milliseconds of one GETADDR at a time over TCP, while something goes on. */
async function answerTimes(calls = 2_000): Promise<string> {
  await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: 111 });
  const times: number[] = [];
  for (let i = 0; i < calls; i++) {
    const start = performance.now();
    await binder.lookUp({ program: 300_120, version: 1, netid: "tcp" });
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (part: number): string => (times[Math.floor((times.length - 1) * part)] ?? 0).toFixed(2);
  return `GETADDR ${at(0.5)} ms, 99 % ${at(0.99)}, most ${at(1)}`;
}

function say(what: string, ...figures: readonly unknown[]): void {
  console.log(`${what}: ${figures.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join("; ")}`);
}

async function registerOne(): Promise<void> {
  await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: 111 });
  const entry = { program: 300_120, version: 1, netid: "tcp", address: "0.0.0.0.8.1", owner: "0" };
  if (!(await binder.set(entry))) throw new Error("SET was refused");
}

/** Runs one attack on a new binder of ours, and tells its memory before and after. */
async function onOurs(
  what: string,
  options: readonly string[],
  run: (binder: Running) => Promise<readonly unknown[]>,
): Promise<void> {
  await using binder = await lupineRpcbind(["--log", "none", ...options]);
  await registerOne();
  await answerTimes(200);
  const before = megabytes(binder);
  const figures = await run(binder);
  const times = await answerTimes(500);
  say(what, ...figures, `${before.toFixed(0)} to ${megabytes(binder).toFixed(0)} MiB`, `after it ${times}`);
}

async function full(binder: Running, count: number, limit: number): Promise<void> {
  await registerOne();
  const before = megabytes(binder);
  const { said, stop } = attack("setOverTcp", count, "127.0.0.1");
  const timer = setTimeout(stop, limit);
  const result = await Promise.race([said, new Promise((resolve) => setTimeout(resolve, limit + 100, "not done"))]);
  clearTimeout(timer);
  say("  SET", result, `${before.toFixed(0)} to ${megabytes(binder).toFixed(0)} MiB`);
  say("  while it is full", await answerTimes());
  for (const question of [["-p", "127.0.0.1"], ["-s", "127.0.0.1"], ["127.0.0.1"]]) {
    const start = performance.now();
    const { status, stdout } = spawnSync("rpcinfo", question, {
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      timeout: 60_000,
    });
    const lines = stdout.split("\n").length - 2;
    const seconds = ((performance.now() - start) / 1000).toFixed(2);
    say(`  rpcinfo ${question.join(" ")}`, `status ${status}`, `${lines} lines`, `${seconds} s`);
  }
  say("  then", `${megabytes(binder).toFixed(0)} MiB`);
}

const entries = 100_000;
console.log(`100,000 registrations, Lupine:`);
{
  await using binder = await lupineRpcbind(["--log", "none"]);
  await full(binder, entries, 60_000);
  const silent = attack("deaf", 1_000, "127.0.0.1");
  say("  1,000 connections that ask for all of it 200 times and do not read", await silent.said);
  say("  meanwhile", `${megabytes(binder).toFixed(0)} MiB`, await answerTimes(500));
  silent.stop();
}
console.log(`100,000 registrations, Debian's (10 seconds at most):`);
{
  await using binder = await startDebianRpcbind();
  await full(binder, entries, 10_000);
}

await onOurs("40,000 SET by one user over TCP", [], async () => {
  return [await attack("setOverTcp", 40_000, "127.0.0.1", { uid: nobody }).said];
});
await onOurs("40,000 SET over UDP of this machine", [], async () => {
  return [await attack("setOverUdp", 40_000, "127.0.0.1").said];
});
await onOurs("40,000 SET over UDP from another machine", [], async () => {
  const flood = attack("setOverUdp", 40_000, "192.0.2.1", { prefix: far });
  const meanwhile = await answerTimes(1_000);
  return [await flood.said, `meanwhile ${meanwhile}`];
});
await onOurs("texts of 1 MB and 60,000 bytes, and lengths that are a lie", [], async () => {
  return [await attack("lengths", 50, "127.0.0.1").said];
});
await onOurs("a user who says to be the superuser", [], async () => {
  return [await attack("pretend", 1, "127.0.0.1", { uid: nobody }).said];
});
await onOurs("calls to the binder itself, with --remote-calls", ["--remote-calls"], async () => {
  const results = await attack("callItself", 100, "127.0.0.1").said;
  await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: 111 });
  const isThere = (await binder.dump()).some(({ program }) => program === 300_778);
  return [results, `registered: ${isThere}`];
});
for (const where of ["192.0.2.1", "/run/rpcbind.sock"]) {
  await onOurs(`5,000 connections with half a record each, to ${where}`, [], async (binder) => {
    const open = attack("halfOpen", 5_000, where, where.startsWith("/") ? {} : { prefix: far });
    const said = await open.said;
    const figures = [said, `${descriptors(binder)} descriptors`, `meanwhile ${await answerTimes(500)}`];
    open.stop();
    return figures;
  });
}
process.exit(0);
