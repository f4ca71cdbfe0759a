// Ends all processes of a test run: those in the runner's process group, and on Linux those that left the group,
// which are known by a mark in their environment.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The value of LUPINE_TEST_RUN that every process of this run inherits. */
export const runMark = `${process.pid}-${Date.now()}`;

/** Milliseconds that processes have to end by themselves. */
const patience = 2_000;

/** Ends the runner and everything that it started: by SIGTERM, and what is left by SIGKILL. */
export async function endRun(runner) {
  signalGroup(runner, "SIGTERM");
  await endLeftovers();
  signalGroup(runner, "SIGKILL");
}

/** Ends processes that carry the mark. Returns their command lines. */
export async function endLeftovers() {
  const left = markedProcesses();
  for (const { pid } of left) signal(pid, "SIGTERM");
  for (let waited = 0; waited < patience && markedProcesses().length > 0; waited += 50) await sleep(50);
  for (const { pid } of markedProcesses()) signal(pid, "SIGKILL");
  return left.map(({ pid, command }) => `${pid} ${command}`);
}

function signalGroup(runner, name) {
  if (process.platform === "win32") runner.kill(name);
  else signal(-runner.pid, name);
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}

function markedProcesses() {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`LUPINE_TEST_RUN=${runMark}`)) return [];
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      return command === "" ? [] : [{ pid, command }];
    } catch {
      return []; // It has ended, or belongs to another user.
    }
  });
}
