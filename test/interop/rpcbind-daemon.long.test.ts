// `lupine rpcbind` as a machine's daemon: killed in the middle of its work, flooded and lied to.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { register, Server } from "lupine";
import { Binder, type BinderEntry, defaultTableLimits } from "lupine/binding";
import { lupine } from "./harness/binders.js";
import { enterNamespace } from "./harness/namespace.js";
import { accepts, run, until } from "./harness/processes.js";
import { message, send, words } from "./harness/raw-call.js";
import { PEER_V3 } from "./peer.gen.js";

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

/** Sixteen versions of each program. */
function many(i: number): BinderEntry {
  return { ...entry(i & 15), program: 310_000 + (i >> 4) };
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

test("SIGTERM lets the calls under way finish, takes no new connections, and ends with 0", async () => {
  await using one = await daemon("--remote-calls");
  const slow = new Server();
  let release: () => void = () => undefined;
  const called = new Promise<void>((reached) => {
    slow.implement(PEER_V3, {
      subtract: ({ a, b }) => {
        reached();
        return new Promise<number>((resolve) => (release = () => resolve(a - b)));
      },
    });
  });
  await slow.listen("tcp://127.0.0.1:0");
  await register(slow, { binder: `127.0.0.1:${one.port}`, renew: false });
  const inner = words(PEER_V3.number, 3, PEER_V3.procedures.subtract.number, 8, 44, 2);
  const answer = send(one.port, message({ program: 100_000, version: 4, procedure: 10, args: inner }));
  await called;
  const ended = one.stop("SIGTERM");
  await until(
    async () => (await accepts(one.port)) === undefined || undefined,
    () => "the daemon to take no more connections",
  );
  release();
  // Accepted, successful, where it is served, and 42.
  assert.match(await answer, /^12345678 00000001 00000000 00000000 00000000 00000000 .* 00000004 0000002a$/);
  assert.equal(await ended, 0);
  await slow.close();
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
  await sleep(1_000); // waits: for the check after a registration, which has to find the server
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

test("thousands of connections that are held open keep nobody out of the Unix socket", async () => {
  using place = folder();
  const path = `${place.state}.sock`;
  await using _one = await daemon("--log", "none", "--unix", path);
  const held: Socket[] = [];
  for (let i = 0; i < 4_200; i++) {
    const socket = connect(path);
    held.push(socket.on("error", () => {}));
    // Half a record: nothing comes of it for a minute.
    await new Promise<void>((resolve) => socket.write(Uint8Array.of(0x80, 0, 0), () => resolve()));
  }
  await using binder = new Binder({ kind: "unix", path });
  assert.equal(await binder.set(entry(1)), true);
  assert.equal((await binder.dump()).filter(({ program }) => program === 300_000).length, 1);
  for (const socket of held) socket.destroy();
});

test("100,000 registrations are taken, and floods and absurd texts leave a binder that answers, with bounded memory", async () => {
  await using one = await daemon("--log", "none");
  const status = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${one.pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: one.port });
  await binder.probe();
  const fill = async (from: number, to: number): Promise<number> => {
    let accepted = 0;
    for (let at = from; at < to; at += 1_000) {
      const answers = await Promise.all(Array.from({ length: 1_000 }, (_, i) => binder.set(many(at + i))));
      accepted += answers.filter(Boolean).length;
    }
    return accepted;
  };
  // The superuser's; another user may have 16,384.
  const most = process.geteuid?.() === 0 ? defaultTableLimits.entries : defaultTableLimits.perOwner;
  assert.equal(await fill(0, 100_000), Math.min(most, 100_000));
  await fill(100_000, 140_000);
  const known = (await binder.dump()).length;
  assert.ok(known <= most + 6, `${known} registrations`);
  assert.equal(await binder.set(many(140_000)), false);
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
  assert.match(await binder.lookUp(many(5)), /\.8\.1$/);
});
