// `lupine rpcbind` as a machine's daemon: killed in the middle of its work, flooded and lied to.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Binder, type BinderEntry } from "lupine/binding";
import { lupine } from "./harness/binders.js";
import { enterNamespace } from "./harness/namespace.js";
import { run, until } from "./harness/processes.js";

enterNamespace(import.meta.url);

/** LUPINE_SETS=10000 for the full run. */
const sets = Number(process.env["LUPINE_SETS"] ?? 2_000);

function folder() {
  const path = mkdtempSync(join(tmpdir(), "lupine-daemon-"));
  return {
    state: join(path, "state"),
    pid: join(path, "pid"),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

/** A daemon on a free port, as a process that can be killed. */
async function daemon(...options: readonly string[]) {
  const child = spawn(process.execPath, [lupine, "rpcbind", "--port", "0", ...options], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr, child.stdio[3]]) {
    (stream as NodeJS.ReadableStream).setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await until(
    () => (child.exitCode === null ? /listens at udp:\S+:(\d+)\n/.exec(text)?.[1] : "ended"),
    () => `rpcbind to listen:\n${text}`,
  );
  const port = Number(/listens at udp:\S+:(\d+)\n/.exec(text)?.[1] ?? 0);
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return {
    port,
    pid: child.pid,
    output: () => text,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop("SIGKILL")),
  };
}

function entry(version: number): BinderEntry {
  return { program: 300_000, version, netid: "tcp", address: "0.0.0.0.8.1", owner: "" };
}

test(`every SET that was acknowledged before kill -9 in the middle of ${sets} is there after a new start`, async () => {
  using place = folder();
  const acknowledged = new Set<number>();
  {
    await using first = await daemon("--state", place.state, "--log", "none");
    await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: first.port });
    await binder.probe();
    const calls = Array.from({ length: sets }, async (_, version) => {
      if (await binder.set(entry(version)).catch(() => false)) acknowledged.add(version);
      if (acknowledged.size === Math.floor(sets / 2)) await first.stop("SIGKILL");
    });
    await Promise.all(calls);
  }
  assert.ok(acknowledged.size >= sets / 2 && acknowledged.size < sets, `${acknowledged.size} acknowledged`);
  await using second = await daemon("--state", place.state);
  await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: second.port });
  const there = new Set(
    (await binder.dump()).filter(({ program }) => program === 300_000).map(({ version }) => version),
  );
  assert.deepEqual(
    [...acknowledged].filter((version) => !there.has(version)),
    [],
  );
  assert.doesNotMatch(second.output(), /could not be read/);
});

test("a second daemon with the same state or pid file does not start, and SIGTERM ends the first with 0", async () => {
  using place = folder();
  await using first = await daemon("--state", place.state, "--pid-file", place.pid, "--ready-fd", "3");
  await until(
    () => /READY=1/.exec(first.output()) ?? undefined,
    () => "READY=1",
  );
  assert.equal(readFileSync(place.pid, "utf8").split("\n")[0], String(first.pid));
  for (const options of [
    ["--state", place.state],
    ["--pid-file", place.pid],
  ]) {
    const { status, output } = await run(process.execPath, [lupine, "rpcbind", "--port", "0", ...options]);
    assert.equal(status, 1);
    assert.match(output, new RegExp(`process ${first.pid} holds .*: stop it first`));
  }
  assert.equal(await first.stop("SIGTERM"), 0);
  assert.equal(existsSync(place.pid), false);
});

test("the log says who registered, and the registration of a server that is gone is removed", async () => {
  await using one = await daemon();
  const server = createSocket("udp4");
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
  const { port } = server.address();
  const address = `127.0.0.1.${port >> 8}.${port & 255}`;
  await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: one.port });
  await binder.set({ ...entry(1), netid: "udp", address });
  await binder.set(entry(2));
  const owner = process.geteuid?.() === 0 ? "superuser" : String(process.geteuid?.());
  await until(
    () =>
      new RegExp(`set 300000 version 1 udp ${address}, by ${owner} at tcp://127\\.0\\.0\\.1:`).exec(one.output()) ??
      undefined,
    () => `the log to tell:\n${one.output()}`,
  );
  await sleep(1_000);
  server.close();
  // Somebody who asks is a reason to look again soon.
  await until(
    async () =>
      (await binder.lookUp(entry(2))) === ""
        ? undefined
        : (/removed 300000 version 1 udp .*: nothing listens there any more/.exec(one.output()) ?? undefined),
    () => `the server to be missed:\n${one.output()}`,
  );
  assert.deepEqual(
    (await binder.dump()).filter(({ program }) => program === 300_000).map(({ version }) => version),
    [2],
  );
});

test("a hostile machine's floods leave a binder that answers, with bounded memory", async () => {
  await using one = await daemon("--log", "none");
  const status = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${one.pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: one.port });
  await binder.probe();
  for (let from = 0; from < 40_000; from += 1_000) {
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => binder.set(entry(from + i))));
  }
  const known = (await binder.dump()).length;
  assert.ok(known <= 32_768, `${known} registrations`);
  const long = {
    ...entry(1),
    program: 300_001,
    netid: "x".repeat(1_000_000),
    address: "y".repeat(1_000_000),
    owner: "z".repeat(1_000_000),
  };
  for (let i = 0; i < 20; i++) assert.equal(await binder.set(long), false);
  const megabytes = status();
  assert.ok(megabytes < 400, `${megabytes} MiB resident`);
  assert.match(await binder.lookUp(entry(5)), /\.8\.1$/);
});
