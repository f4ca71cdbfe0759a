// Each example, as a user runs it: a server's process and a client's process on this machine.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { authSys, channelOf, closeClient, connect, createClient, type RpcRefused } from "lupine";
import { startRpcbind } from "lupine/binding";
import { FILE_VERS, file_status } from "../../examples/file-system/files.gen.js";
import { TIME_VERS } from "../../examples/time-2/time.gen.js";
import { runToEnd, startServer } from "./run.js";

test("add: the server says that it is called, and the client has the sum, over TCP and UDP", async () => {
  for (const transport of ["tcp", "udp"]) {
    await using server = await startServer("add/server.js", [`${transport}://127.0.0.1:0`]);
    const client = await runToEnd("add/client.js", server.address, "1", "2");
    assert.deepEqual(client, { code: 0, stdout: "Result:3\n", stderr: "" });
    await server.line(/^add\(1,2\) is called$/);
  }
});

test("square: the number goes over in a struct and its square comes back", async () => {
  await using server = await startServer("square/server.js");
  assert.equal((await runToEnd("square/client.js", server.address, "11")).stdout, "result: 121\n");
});

test("time-1: the client gets the time, sets it 100 seconds on, and sees that", async () => {
  await using server = await startServer("time-1/server.js");
  const begun = Math.floor(Date.now() / 1000); // clock: the time is what is asked for
  const { stdout, code } = await runToEnd("time-1/client.js", server.address);
  assert.equal(code, 0);
  const [before, set, after] = [...stdout.matchAll(/: (\d+) |to (\d+):/g)].map((match) => Number(match[1] ?? match[2]));
  assert.ok(begun <= (before as number) && (before as number) <= Date.now() / 1000); // clock: the same
  assert.equal(set, (before as number) + 100);
  assert.ok((after as number) >= (set as number) && (after as number) <= Date.now() / 1000 + 100); // clock: the same
  assert.match(stdout, /: done$/m);
});

test("time-2: a struct is read, set, and refused when it is no time", async () => {
  await using server = await startServer("time-2/server.js");
  const { stdout, code } = await runToEnd("time-2/client.js", server.address);
  assert.equal(code, 0);
  const lines = stdout.trimEnd().split("\n");
  assert.match(lines[0] ?? "", /^the server's time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
  assert.match(lines[1] ?? "", /: done$/);
  assert.match(lines[3] ?? "", /-02-30 .*: refused$/);
});

test("time-2: a message that is too short is answered with GARBAGE_ARGS, and the server goes on", async () => {
  await using server = await startServer("time-2/server.js");
  await using channel = await connect(server.address);
  const { settime } = TIME_VERS.procedures;
  const short = {
    ...settime,
    args: { shape: settime.args.shape, encode: (out) => out.writeWord(2024), decode: settime.args.decode },
  } as typeof settime;
  await assert.rejects(
    channel.call({ program: TIME_VERS, procedure: short, args: [], options: {} }),
    (error: RpcRefused) => error.code === "RPC_GARBAGE_ARGS" && !error.mayHaveRun,
  );
  await using clock = createClient(TIME_VERS, channel);
  assert.equal((await clock.gettime()).timezone.length, 4);
});

test("callback: the server calls the client back on the client's own connection", async () => {
  await using server = await startServer("callback/server.js");
  const { stdout } = await runToEnd("callback/client.js", server.address, "3");
  assert.equal(stdout, "3 ...\n2 ...\n1 ...\n3 ticks\n");
});

test("file-system: the client copies a file, and is refused what is not exported", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-example-"));
  try {
    const text = "a line of text\n".repeat(3000);
    await writeFile(join(folder, "text"), text);
    await using server = await startServer("file-system/server.js", [folder, "tcp://127.0.0.1:0"]);
    const copied = await runToEnd("file-system/client.js", server.address, "text");
    assert.deepEqual(copied, { code: 0, stdout: text, stderr: "" });
    const refused = await runToEnd("file-system/client.js", server.address, "../../etc/passwd");
    assert.deepEqual(refused, { code: 1, stdout: "", stderr: "../../etc/passwd: FILE_NOT_FOUND\n" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("file-system: a descriptor is its owner's, and ends with the connection", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-example-"));
  try {
    await writeFile(join(folder, "text"), "0123456789");
    await using server = await startServer("file-system/server.js", [folder, "tcp://127.0.0.1:0"]);
    const auth = authSys({ machineName: "here", uid: 7, gid: 7 });
    await using alice = createClient(FILE_VERS, server.address, { auth });
    await using other = createClient(FILE_VERS, server.address, { auth });
    const opened = await alice.open("text");
    assert.ok(opened.status === file_status.FILE_OK);
    const bob = { auth: authSys({ machineName: "here", uid: 8, gid: 7 }) };
    assert.deepEqual(await other.read(opened.fd, 4), { status: file_status.FILE_BAD_DESCRIPTOR });
    assert.deepEqual(await alice.read(opened.fd, 4, bob), { status: file_status.FILE_BAD_DESCRIPTOR });
    assert.deepEqual(await alice.read(opened.fd, 0x10001), { status: file_status.FILE_TOO_BIG });
    const read = await alice.read(opened.fd, 4);
    assert.equal(read.status === file_status.FILE_OK && Buffer.from(read.data).toString(), "0123");
    assert.ok((await other.open("text")).status === file_status.FILE_OK);
    await closeClient(alice);
    await server.line(/^a client left, 1 files are open$/);
    channelOf(other).destroy();
    await server.line(/^a client left, 0 files are open$/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("file-system: without an address the server registers itself, over TCP alone", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const folder = await mkdtemp(join(tmpdir(), "lupine-example-"));
  try {
    await using server = await startServer("file-system/server.js", [folder, "--rpcbind", rpcbind.url]);
    assert.match(server.address, /^tcp:/);
    const netids = rpcbind.table.all().filter(({ program }) => program === FILE_VERS.number);
    assert.deepEqual(
      netids.map(({ netid }) => netid),
      ["tcp"],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("graph: a ring is counted, reversed in the caller's own objects, and gets another node", async () => {
  await using server = await startServer("graph/server.js");
  const { stdout, code } = await runToEnd("graph/client.js", server.address);
  assert.equal(code, 0);
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    "the ring a -> b -> c -> a has 3 nodes",
    "reversed: a -> c -> b -> a, the same objects: true",
    "replaced: a -> c -> x -> a; the removed node is still b, and leads to a",
  ]);
});

test("copy-restore: buffer and list of the caller come back changed, and increment(x, x) shows the difference", async () => {
  await using server = await startServer("copy-restore/server.js");
  const { stdout, code } = await runToEnd("copy-restore/client.js", server.address);
  assert.equal(code, 0);
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    "read 16 bytes: the dreaded poin",
    "reversed: c b a, the same object in front: true",
    "increment(x, x): by reference x = 2, by copy/restore x = 1",
  ]);
});

test("async: many calls at once, a one-way call, deferred calls with progress, resumed and cancelled, a stream", async () => {
  await using server = await startServer("async/server.js");
  const { stdout, code } = await runToEnd("async/client.js", server.address);
  assert.equal(code, 0);
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    "at once: 4 25 168",
    "accepted; the client does something else",
    "progress was reported: true",
    "result: 17984",
    "resumed by its id: 2262",
    "cancelled: RpcCancelled",
    "a stream: 2 3 5 7 11 13 17 19",
  ]);
});
