// `npm start`, as a user runs it.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "../support/waiting.js";

const scripts = new URL("../../../scripts/", import.meta.url);

const call =
  "80000030 6f0945c1 00000000 00000002 00012345 00000001 00000001 0000000000000000 0000000000000000 00000001 00000002";
const reply = "8000001c 6f0945c1 00000001 00000000 0000000000000000 00000000 00000003";

test("start shows the ten steps in order, and the bytes of a call and its reply with their names", async () => {
  const { child, output } = start();
  assert.equal(await ended(child), 0, output.join(""));
  const lines = output.join("").split("\n");
  const steps = lines.flatMap((line) => /^ ?(\d+) {2}(client|network|server) /.exec(line)?.[1] ?? []);
  assert.deepEqual(steps.map(Number), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.ok(lines.includes("    server prints: add(1,2) is called"));
  assert.ok(lines.includes("    client prints: Result:3"));
  const rows = lines.flatMap(
    (line) => /^ {4}\| +(\d+) {2}((?:[0-9a-f]{2} )+) *([a-z]+(?: [a-z]+)?) {2,}/.exec(line) ?? [],
  );
  const bytes = rows.filter((_, index) => index % 4 === 2).map((text) => text.replaceAll(" ", ""));
  const xid = bytes[1] as string;
  assert.match(xid, /^[0-9a-f]{8}$/);
  const expected = `${call}${reply}`.replaceAll(" ", "").replaceAll("6f0945c1", xid);
  assert.equal(bytes.join(""), expected);
  assert.deepEqual(
    rows.filter((_, index) => index % 4 === 3),
    [
      ...["record mark", "xid", "message type", "rpcvers", "program", "version", "procedure", "credential", "verifier"],
      ...["a", "b", "record mark", "xid", "message type", "reply status", "verifier", "accept status", "result"],
    ],
  );
});

test("start prints what the README shows, but for the xid", async () => {
  const readme = await readFile(new URL("../README.md", scripts), "utf8");
  const shown = /^```text\n([\s\S]*?)^```$/m.exec(readme)?.[1] as string;
  const { child, output } = start();
  await ended(child);
  const withoutXid = (text: string): string => text.replace(/(?:[0-9a-f]{2} ){4}(?= +xid)/g, "?? ?? ?? ?? ");
  assert.ok(withoutXid(output.join("")).includes(withoutXid(shown)), output.join(""));
});

test("start has no colours where there is no terminal", async () => {
  const { child, output } = start();
  await ended(child);
  assert.ok(!output.join("").includes("\u001b["));
});

test("Ctrl-C ends start and its processes", async () => {
  const { child, output } = start();
  const pids = await new Promise<number[]>((resolve, reject) => {
    child.once("close", () => reject(new Error(output.join(""))));
    child.stdout?.on("data", () => {
      const found = [...output.join("").matchAll(/process (\d+)/g)].map((match) => Number(match[1]));
      if (found.length > 0) resolve(found);
    });
  });
  child.kill("SIGINT");
  assert.equal(await ended(child), 130);
  await until(
    () => !pids.some(isAlive),
    () => "the processes of the example to end",
  );
});

function start(): { child: ChildProcess; output: string[] } {
  const child = spawn(process.execPath, [fileURLToPath(new URL("start.mjs", scripts))], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => output.push(text));
  return { child, output };
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
