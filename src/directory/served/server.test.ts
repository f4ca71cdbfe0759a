import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { createClientWith } from "../../client/index.js";
import { deadlineTick } from "../../peer/deadlines.js";
import { RpcRefused } from "../../rpc/errors.js";
import { FakeClock } from "../../testing/fake-clock.js";
import { speakSsh } from "../../testing/foreign-peer.test-support.js";
import { ending, until } from "../../testing/waiting.test-support.js";
import { DIRECTORY_V1, type dir_entry, dir_stat } from "../directory.gen.js";
import { type DirectoryEvent, formatDirectoryEvent } from "./events.js";
import { type DirectoryServerOptions, startDirectory } from "./server.js";

const { DIR_OK, DIR_BAD_PATH, DIR_BAD_ENTRY, DIR_FULL } = dir_stat;

function entry(id: string, more: Partial<dir_entry> = {}): dir_entry {
  return { id, versions: [], addresses: ["tcp://10.0.0.7:1"], priority: 0, weight: 1, ...more };
}

/** The directory's clock stands still until a test advances it. */
async function setUp(options: DirectoryServerOptions = {}) {
  const events: DirectoryEvent[] = [];
  const clock = new FakeClock();
  const server = await startDirectory({ port: 0, log: (event) => events.push(event), clock, ...options });
  const client = (url: string = server.url) => createClientWith({}, DIRECTORY_V1, url);
  const ids = async (path = "/a"): Promise<string[]> => {
    await using asking = client();
    const answer = await asking.lookup(path);
    assert.equal(answer.status, DIR_OK);
    return answer.status === DIR_OK ? answer.services.entries.map(({ id }) => id) : [];
  };
  /** The server has noticed how many connections are open. */
  const connections = (count: number): Promise<void> =>
    until(
      () => server.connections === count,
      () => `${count} connections instead of ${server.connections}`,
    );
  return { server, client, ids, events, clock, connections, [Symbol.asyncDispose]: () => server.close() };
}

test("a registration lives as long as its lease where nobody renews it", async () => {
  await using place = await setUp();
  await using client = place.client();
  for (const [id, lease] of [
    ["2", 900],
    ["1", 500],
  ] as const) {
    assert.deepEqual(await client.register({ path: "/a", entry: entry(id), lease }), { status: DIR_OK });
  }
  const left = () => place.events.flatMap((event) => (event.kind === "left" ? [`${event.entry.id} ${event.why}`] : []));
  place.clock.advance(499);
  assert.deepEqual(left(), []);
  place.clock.advance(1 + deadlineTick);
  assert.deepEqual(left(), ["1 its lease ended"]);
  place.clock.advance(400);
  assert.deepEqual(left(), ["1 its lease ended", "2 its lease ended"]);
  assert.deepEqual(await place.ids(), []);
  assert.equal(place.server.size, 0);
});

test("a registration leaves soon after its connection, unless another connection has renewed it", async () => {
  await using place = await setUp({ grace: 200 });
  const first = place.client();
  await using second = place.client();
  for (const id of ["1", "2"]) await first.register({ path: "/a", entry: entry(id), lease: 60_000 });
  await first[Symbol.asyncDispose]();
  await second.register({ path: "/a", entry: entry("2"), lease: 60_000 });
  await place.connections(1);
  place.clock.advance(199);
  assert.deepEqual(await place.ids(), ["1", "2"]);
  place.clock.advance(1 + deadlineTick);
  assert.deepEqual(await place.ids(), ["2"]);
  const told = place.events.map(formatDirectoryEvent).filter((text) => text.startsWith("left"));
  assert.deepEqual(told, ["left /a: tcp://10.0.0.7:1 (1), its connection was lost"]);
});

test("the end of an older connection does not touch what a newer one holds", async () => {
  await using place = await setUp({ grace: 50 });
  const first = place.client();
  await using second = place.client();
  await first.register({ path: "/a", entry: entry("1"), lease: 60_000 });
  await second.register({ path: "/a", entry: entry("1"), lease: 60_000 });
  await first[Symbol.asyncDispose]();
  await place.connections(1);
  place.clock.advance(1_000);
  assert.deepEqual(await place.ids(), ["1"]);
});

test("over UDP the lease alone counts, a watch does not wait, and answers fit", async () => {
  await using place = await setUp({ udp: true, grace: 20 });
  const udp = place.client(place.server.url.replace("tcp", "udp"));
  assert.deepEqual(await udp.register({ path: "/a", entry: entry("1"), lease: 700 }), { status: DIR_OK });
  const looked = await udp.lookup("/a");
  assert.ok(looked.status === DIR_OK && looked.services.entries.length === 1);
  const watched = await udp.watch({ path: "/a", known: looked.services.revision, wait: 10_000 });
  assert.deepEqual(watched, looked);
  await udp[Symbol.asyncDispose]();
  place.clock.advance(699);
  assert.deepEqual(await place.ids(), ["1"]);
  place.clock.advance(1 + deadlineTick);
  assert.deepEqual(await place.ids(), []);
});

test("what is withdrawn twice is withdrawn", async () => {
  await using place = await setUp();
  await using client = place.client();
  await client.register({ path: "/a", entry: entry("1"), lease: 1_000 });
  for (let i = 0; i < 2; i++) assert.deepEqual(await client.withdraw("/a", "1"), { status: DIR_OK });
  assert.deepEqual(await place.ids(), []);
});

test("bad paths and entries are refused with a reason, by the server too", async () => {
  await using place = await setUp();
  await using client = place.client();
  for (const path of ["", "/", "a", "/a/", "//", "/a b", "/ü", "/..", `/${"a/".repeat(20)}a`, "/\0"]) {
    for (const answer of [
      await client.register({ path, entry: entry("1"), lease: 1_000 }),
      await client.withdraw(path, "1"),
      await client.lookup(path),
      await client.watch({ path, known: { epoch: 0n, change: 0n }, wait: 1_000 }),
    ]) {
      assert.equal(answer.status, DIR_BAD_PATH, path);
      assert.match((answer as { why: string }).why, /bad service path/);
    }
  }
  assert.equal((await client.list({ folder: "/", after: "" })).status, DIR_OK);
  assert.equal((await client.list({ folder: "/a/", after: "" })).status, DIR_BAD_PATH);
  const wrong: (Partial<dir_entry> & { lease?: number })[] = [
    { id: "" },
    { id: "a b" },
    { id: "\u001b[2J" },
    { weight: 0 },
    { weight: 65_536 },
    { addresses: [] },
    { addresses: ["nonsense://"] },
    { addresses: ["memory:x"] },
    { lease: 499 },
    { lease: 3_600_001 },
    { lease: 0xffff_ffff },
  ];
  for (const { lease = 1_000, ...more } of wrong) {
    const answer = await client.register({ path: "/a", entry: entry("1", more), lease });
    assert.equal(answer.status, DIR_BAD_ENTRY, JSON.stringify(more));
  }
  assert.equal(place.server.size, 0);
});

test("a full directory says what is full, and renewals still succeed", async () => {
  await using place = await setUp({ limits: { entries: 2 } });
  await using client = place.client();
  for (const id of ["1", "2"]) await client.register({ path: "/a", entry: entry(id), lease: 2_000 });
  const answer = await client.register({ path: "/b", entry: entry("3"), lease: 2_000 });
  assert.equal(answer.status, DIR_FULL);
  assert.match((answer as { why: string }).why, /holds 2 registrations/);
  assert.deepEqual(await client.register({ path: "/a", entry: entry("1"), lease: 2_000 }), { status: DIR_OK });
  await client.withdraw("/a", "1");
  assert.deepEqual(await client.register({ path: "/b", entry: entry("3"), lease: 2_000 }), { status: DIR_OK });
});

test("watches are limited for one connection and in all", async () => {
  await using place = await setUp({ limits: { watchesPerConnection: 2, watches: 3 } });
  await using first = place.client();
  await using second = place.client();
  const revision = async () => {
    const answer = await first.lookup("/a");
    return answer.status === DIR_OK ? answer.services.revision : { epoch: 0n, change: 0n };
  };
  const known = await revision();
  const waiting = ["/a", "/b"].map((path) => first.watch({ path, known, wait: 600 }));
  // Calls of one connection arrive in their order.
  assert.equal((await first.watch({ path: "/c", known, wait: 600 })).status, DIR_FULL);
  waiting.push(second.watch({ path: "/a", known, wait: 600 }));
  assert.equal((await second.watch({ path: "/b", known, wait: 600 })).status, DIR_FULL);
  place.clock.advance(600 + deadlineTick);
  for (const one of waiting) assert.equal((await one).status, DIR_OK);
  assert.equal((await second.watch({ path: "/b", known, wait: 0 })).status, DIR_OK);
});

test("renewals and look-ups pass the most watches that a connection may have", async () => {
  await using place = await setUp({ limits: { watchesPerConnection: 300 } });
  await using client = place.client();
  const first = await client.lookup("/a");
  assert.ok(first.status === DIR_OK);
  const known = first.services.revision;
  const watches = Array.from({ length: 300 }, (_, at) => client.watch({ path: `/p${at}`, known, wait: 30_000 }));
  let answered = 0;
  for (const one of watches) one.then(() => answered++);
  assert.deepEqual(await client.register({ path: "/a", entry: entry("1"), lease: 600_000 }), { status: DIR_OK });
  assert.equal(answered, 0, "the watches wait still");
  await place.server.close();
  await Promise.all(watches);
});

test("a hundred watchers see a join and a leave, long before their wait is over", async () => {
  await using place = await setUp();
  const clients = Array.from({ length: 100 }, () => place.client());
  await using server = place.client();
  let state = await server.lookup("/a");
  for (const change of ["join", "leave"]) {
    assert.ok(state.status === DIR_OK);
    const known = state.services.revision;
    const watches = clients.map((client) => client.watch({ path: "/a", known, wait: 600_000 }));
    // Calls of one connection arrive in their order: when this one is answered, the watch before it waits.
    await Promise.all(clients.map((client) => client.null()));
    if (change === "join") await server.register({ path: "/a", entry: entry("1"), lease: 10_000 });
    else await server.withdraw("/a", "1");
    // What is told to many is told again only after a while.
    place.clock.advance(60_000);
    const answers = await ending(Promise.all(watches), `the watchers to see the ${change}`);
    for (const answer of answers) {
      assert.ok(answer.status === DIR_OK);
      assert.equal(answer.services.entries.length, change === "join" ? 1 : 0);
      state = answer;
    }
  }
  for (const client of clients) await client[Symbol.asyncDispose]();
});

test("closing answers the watches that wait, and does not wait for them", async () => {
  const place = await setUp();
  await using client = place.client();
  const first = await client.lookup("/a");
  assert.ok(first.status === DIR_OK);
  const waiting = client.watch({ path: "/a", known: first.services.revision, wait: 30_000 });
  await client.null();
  await ending(place.server.close(), "the directory to close");
  assert.deepEqual(await waiting, first);
});

test("a directory that closes in good order forgets nobody in its state file, and may be closed twice", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-directory-"));
  const stateFile = join(folder, "state");
  const place = await setUp({ stateFile, grace: 0 });
  const clients = Array.from({ length: 20 }, () => place.client());
  for (const [at, client] of clients.entries()) {
    await client.register({ path: "/a", entry: entry(String(at)), lease: 600 });
  }
  await Promise.all([place.server.close(), place.server.close()]);
  place.clock.advance(1_000);
  await place.server.close();
  await using again = await setUp({ stateFile });
  assert.equal(again.server.size, 20);
  assert.deepEqual(
    place.events.filter(({ kind }) => kind === "left"),
    [],
  );
  for (const client of clients) await client[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test("two directories of one process do not share a state file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-directory-"));
  const stateFile = join(folder, "twice");
  try {
    const first = await startDirectory({ port: 0, stateFile });
    await assert.rejects(startDirectory({ port: 0, stateFile }), { name: "LockTaken" });
    await first.close();
    const second = await startDirectory({ port: 0, stateFile });
    await first.close();
    await assert.rejects(startDirectory({ port: 0, stateFile }), { name: "LockTaken" });
    second.destroy();
    await (await startDirectory({ port: 0, stateFile })).close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a Unix socket is served, and is one machine with the loopback interface", async () => {
  const unixPath = `/tmp/lupine-directory-${process.pid}.sock`;
  await using place = await setUp({ unixPath });
  await using client = place.client(`unix:${unixPath}`);
  const own = entry("1", { addresses: ["tcp://0.0.0.0:7"] });
  assert.deepEqual(await client.register({ path: "/a", entry: own, lease: 5_000 }), { status: DIR_OK });
  await using other = place.client();
  for (const one of [client, other]) {
    const answer = await one.lookup("/a");
    assert.ok(answer.status === DIR_OK);
    assert.deepEqual(answer.services.entries[0]?.addresses, ["tcp://127.0.0.1:7"]);
  }
  assert.deepEqual(await other.withdraw("/a", "1"), { status: DIR_OK });
});

test("a version that is none is told apart from a program that is none", async () => {
  await using place = await setUp();
  await using client = createClientWith({}, { ...DIRECTORY_V1, version: 9 }, place.server.url);
  await assert.rejects(client.lookup("/a"), (error: unknown) => {
    return error instanceof RpcRefused && error.code === "RPC_PROG_MISMATCH" && error.low === 1 && error.high === 1;
  });
});

test("the log has the connections that were closed for what their peers sent", async () => {
  await using place = await setUp();
  await speakSsh(Number(new URL(place.server.url).port));
  const lines = place.events.filter(({ kind }) => kind === "trouble").map(formatDirectoryEvent);
  assert.match(lines.join("\n"), /^tcp:\/\/127\.0\.0\.1:\d+ was disconnected: the peer sent "SSH-"/);
  assert.equal(lines.length, 1);
});
