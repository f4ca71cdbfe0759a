// Association groups (C706 section 9.3): the connections of one client share its contexts, and nobody else's do.
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { DceServer } from "lupine/dce";
import { Sample_v1 } from "../interop/dce/sample.gen.js";
import { implementation } from "../interop/dce/sample-server.js";
import { closing, dialed, reply } from "../support/dce-connection.js";
import * as pdus from "../support/dce-pdus.js";
import { until } from "../support/waiting.js";

const open = 7;
const closeSession = 8;

async function serving(t: TestContext, options: ConstructorParameters<typeof DceServer>[0] = {}, host = "127.0.0.1") {
  const ended: unknown[] = [];
  const server = new DceServer(options).implement(Sample_v1, {
    ...implementation(),
    open: (name, call) => ({ s: call.openContext(name, () => ended.push(name)), result: 0 }),
  });
  const { port } = await server.listen(`ncacn_ip_tcp:${host}[0]`);
  t.after(() => server.destroy());
  /** A connection in this group; undefined if it is refused. */
  const connected = async (group = 0, from?: string) => {
    const socket = await dialed(port, from);
    t.after(() => socket.destroy());
    socket.write(pdus.pdu(pdus.bind, pdus.binding(1, 0, group)));
    const answer = await reply(socket);
    if (answer?.[2] === pdus.bindNak) return { socket, refusal: answer.readUInt16LE(16) };
    return { socket, group: answer?.readUInt32LE(20) ?? 0 };
  };
  return { connected, ended };
}

/** "x" as a conformant and varying string. */
const name = Buffer.from("0200000000000000020000007800", "hex");

async function asked(socket: Socket, operation: number, stub: Uint8Array): Promise<Buffer> {
  socket.write(pdus.pdu(pdus.request, pdus.call(operation, stub)));
  return (await reply(socket)) ?? assert.fail("the server has closed the connection");
}

/** The handle of a new context. */
async function opened(socket: Socket): Promise<Buffer> {
  const answer = await asked(socket, open, name);
  assert.equal(answer[2], pdus.response);
  return answer.subarray(24, 44);
}

/** The status of the fault that says that there are too many contexts, after the operation ran. */
async function refused(socket: Socket): Promise<number> {
  const answer = await asked(socket, open, name);
  assert.deepEqual([answer[2], (answer[3] ?? 0) & 0x20], [pdus.fault, 0]);
  return answer.readUInt32LE(24);
}

const noRoom = 0x1c00001b;
const mismatch = 0x1c00001a;

test("a connection in the group of another has its contexts, and any other has not", async (t) => {
  const { connected, ended } = await serving(t);
  const first = await connected();
  assert.notEqual(first.group, 0);
  const second = await connected(first.group);
  assert.equal(second.group, first.group);
  const stranger = await connected();
  assert.notEqual(stranger.group, first.group);
  const handle = await opened(first.socket);
  const refused = await asked(stranger.socket, closeSession, handle);
  assert.deepEqual([refused[2], refused.readUInt32LE(24), (refused[3] ?? 0) & 0x20], [pdus.fault, mismatch, 0x20]);
  const closed = await asked(second.socket, closeSession, handle);
  assert.deepEqual([closed[2], closed.subarray(24, 44)], [pdus.response, Buffer.alloc(20)]);
  const again = await asked(first.socket, closeSession, handle);
  assert.equal(again.readUInt32LE(24), mismatch);
  assert.deepEqual(ended, []);
});

test("contexts run down when the last connection of their group ends, and the group is gone", async (t) => {
  const { connected, ended } = await serving(t);
  const first = await connected();
  const second = await connected(first.group);
  await opened(first.socket);
  const gone = closing(first.socket);
  first.socket.destroy();
  await gone;
  // The server has noticed it when the next connection is served.
  const third = await connected(first.group);
  assert.equal(third.group, first.group);
  assert.deepEqual(ended, []);
  second.socket.destroy();
  third.socket.destroy();
  await until(
    () => ended.length === 1,
    () => "the run-down",
  );
  assert.deepEqual(ended, ["x"]);
  assert.equal((await connected(first.group)).refusal, 0);
});

test("a bind to a group that does not exist is refused, and ends the connection", async (t) => {
  const { connected } = await serving(t);
  const first = await connected();
  for (const group of [1, 0x1234, ((first.group ?? 0) ^ 1) >>> 0, 0xffff_ffff]) {
    const { socket, refusal } = await connected(group);
    assert.equal(refusal, 0);
    assert.equal(await reply(socket), undefined);
  }
});

test("the groups of connections cannot be guessed from others", async (t) => {
  const { connected } = await serving(t);
  const groups = new Set<number>();
  for (let i = 0; i < 8; i++) groups.add((await connected()).group ?? 0);
  assert.equal(groups.size, 8);
  const sorted = [...groups].sort((a, b) => a - b);
  assert.ok(
    sorted.some((group, i) => i > 0 && group - (sorted[i - 1] ?? 0) > 0x10000),
    sorted.join(),
  );
});

test("a connection from another address does not join a group", async (t) => {
  const { connected } = await serving(t, {}, "0.0.0.0");
  const first = await connected(0, "127.0.0.1");
  assert.equal((await connected(first.group, "127.0.0.2")).refusal, 0);
  assert.equal((await connected(first.group, "127.0.0.1")).group, first.group);
});

test("the limit of contexts is that of a group", async (t) => {
  const errors: unknown[] = [];
  const { connected } = await serving(t, { maxContexts: 3, onError: (error) => errors.push(error) });
  const first = await connected();
  const second = await connected(first.group);
  for (const { socket } of [first, second, first]) await opened(socket);
  for (const { socket } of [first, second]) assert.equal(await refused(socket), noRoom);
  await opened((await connected()).socket);
  assert.deepEqual(errors, []);
});

test("the contexts of one host, in however many groups, leave room to other hosts", async (t) => {
  const { connected, ended } = await serving(t, { totalContexts: 10 }, "0.0.0.0");
  const own = [(await connected()).socket, (await connected()).socket];
  for (let i = 0; i < 4; i++) for (const socket of own) await opened(socket);
  for (const socket of own) assert.equal(await refused(socket), noRoom);
  await opened((await connected(0, "127.0.0.2")).socket);
  await opened((await connected(0, "127.0.0.3")).socket);
  assert.equal(await refused((await connected(0, "127.0.0.4")).socket), noRoom);
  for (const socket of own) socket.destroy();
  await until(
    () => ended.length === 8,
    () => "the run-downs",
  );
  await opened((await connected(0, "127.0.0.4")).socket);
});

test("the interfaces of one host, over however many connections, leave room to other hosts", async (t) => {
  const { connected } = await serving(t, { totalContexts: 20 }, "0.0.0.0");
  const [reject, tooMany] = [2, 3];
  /** Proposes contexts for the interface. @returns result and reason of the last one */
  const proposed = async (socket: Socket, count: number): Promise<number[]> => {
    socket.write(pdus.pdu(pdus.alterContext, pdus.binding(count, 1)));
    const results = ((await reply(socket)) ?? assert.fail("the server has closed the connection")).subarray(-24);
    return [results.readUInt16LE(0), results.readUInt16LE(2)];
  };
  const own = await Promise.all([connected(), connected()]);
  // The binds proposed one each.
  assert.deepEqual(await proposed(own[0].socket, 7), [0, 0]);
  assert.deepEqual(await proposed(own[1].socket, 7), [0, 0]);
  assert.deepEqual(await proposed(own[1].socket, 8), [reject, tooMany]);
  const other = await connected(0, "127.0.0.2");
  assert.deepEqual(await proposed(other.socket, 2), [0, 0]);
  for (const { socket } of own) {
    const gone = closing(socket);
    socket.end();
    await gone;
  }
  assert.deepEqual(await proposed(other.socket, 15), [0, 0]);
});
