// One scenario on one server: the honest client before, during and after, and what the server's process takes meanwhile.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { attacksFile } from "./attacks.js";
import { type Probed, probeFile } from "./probe.js";
import type { Scenario } from "./scenarios.js";
import type { Target } from "./servers.js";

export interface Outcome {
  readonly before: Probed;
  readonly during: Probed;
  readonly after: Probed;
  /** MiB: before the attack, the most while it went on, and after it. */
  readonly memory: readonly [number, number, number];
  /** Percent of a core while the attack went on. */
  readonly cpu: number;
  /** What the attacker did and got. */
  readonly facts: Readonly<Record<string, number>>;
  readonly isAlive: boolean;
}

export interface Times {
  /** Milliseconds of probing before and after, and of the attack. */
  readonly quiet: number;
  readonly attack: number;
}

type Process = ChildProcessByStdio<Writable, Readable, null>;

const running = new Set<Process>();
process.once("exit", () => {
  for (const each of running) each.kill("SIGKILL");
});

let nextPort = 31_700;

export async function attackOn(target: Target, scenario: Scenario, times: Times): Promise<Outcome> {
  const given = nextPort++;
  const server = launch(target.command(given, scenario.udp === true));
  try {
    const first = String((await within(10_000, lines(server).next(), `${target.name} did not start`)).value);
    const [tcp = given, udp = given] = first === "ready" ? [] : first.split(" ").map(Number);
    return await measure({ target, scenario, times, server, port: scenario.udp ? udp : tcp, tcp });
  } finally {
    server.kill("SIGKILL");
  }
}

interface Measured {
  readonly target: Target;
  readonly scenario: Scenario;
  readonly times: Times;
  readonly server: Process;
  /** Where the attack goes. */
  readonly port: number;
  readonly tcp: number;
}

async function measure({ target, scenario, times, server, port, tcp }: Measured): Promise<Outcome> {
  const pid = server.pid as number;
  // The C server has one transport a process: over UDP the honest client has another server of its kind.
  const isSplit = scenario.udp === true && target.name === "libtirpc";
  const probe = isSplit ? undefined : launch([process.execPath, probeFile, target.protocol, String(tcp)]);
  const answers = probe && lines(probe);
  const ask = async (milliseconds: number): Promise<Probed> => {
    if (probe === undefined || answers === undefined) return NOTHING;
    probe.stdin.write(`${milliseconds}\n`);
    const { value } = await within(milliseconds + 20_000, answers.next(), "the honest client did not answer");
    return JSON.parse(String(value)) as Probed;
  };
  await ask(times.quiet / 2);
  const before = await ask(times.quiet);
  const quietMemory = memoryOf(pid);
  const attack = launch([process.execPath, attacksFile, scenario.name, target.protocol, String(port)]);
  const [cpuBefore, start] = [cpuOf(pid), performance.now()];
  let most = quietMemory;
  const watch = setInterval(() => {
    most = Math.max(most, memoryOf(pid));
  }, 20);
  const said = lines(attack);
  await within(30_000, said.next(), "the attack did not begin");
  const [during] = await Promise.all([ask(times.attack), sleep(times.attack)]);
  const cpu = ((cpuOf(pid) - cpuBefore) / (performance.now() - start)) * 100;
  attack.stdin.write("end\n");
  const facts = JSON.parse(String((await within(20_000, said.next(), "the attack did not end")).value));
  attack.kill("SIGKILL");
  clearInterval(watch);
  await sleep(times.quiet / 2);
  const after = await ask(times.quiet);
  probe?.kill("SIGKILL");
  const memory = [quietMemory, most, memoryOf(pid)] as const;
  return { before, during, after, memory, cpu, facts, isAlive: server.exitCode === null && server.signalCode === null };
}

const NOTHING: Probed = { calls: 0, failed: 0, median: Number.NaN, p99: Number.NaN };

/** MiB that are resident; 0 for a process that has ended. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readIfThere(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

/** Milliseconds of processor time; ticks are hundredths of a second. */
function cpuOf(pid: number): number {
  const fields = readIfThere(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function launch([command, ...args]: readonly string[]): Process {
  const child = spawn(command as string, args, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => {});
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

function lines(child: Process): AsyncIterator<string> {
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}

async function within<T>(milliseconds: number, work: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise} within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
