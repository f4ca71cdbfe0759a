// A server that closes while calls of sessions run.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createClientWith } from "../client/create-client.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/server.js";
import { memoryPair } from "../testing/index.js";
import { settleAll } from "../testing/settle.js";
import { until } from "../testing/waiting.test-support.js";
import { openSessionLog, serveSessions } from "./index.js";
import type { SessionOptions } from "./options.js";
import { SESSION_VERS, session_stat as Stat } from "./session.gen.js";
import { Gate, ledgerWith } from "./sessions.test-support.js";

/** A CALL message of `later(value)`, with AUTH_NONE. */
function laterMessage(value: number): Uint8Array<ArrayBuffer> {
  const words = [9, 0, 2, adder.number, 1, 2, 0, 0, 0, 0, value];
  const bytes = new Uint8Array(words.length * 4);
  for (const [at, word] of words.entries()) new DataView(bytes.buffer).setUint32(at * 4, word);
  return bytes;
}

async function logIn(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "lupine-closing-"));
  const log = await openSessionLog(join(folder, "log"));
  t.after(async () => {
    await log.close();
    await rm(folder, { recursive: true });
  });
  return { log };
}

const stores: Record<string, (t: TestContext) => Promise<SessionOptions>> = {
  "in memory": async () => ({}),
  "in a log": logIn,
  "in a database": async () => ({ log: ledgerWith({}) }),
};

for (const [where, optionsFor] of Object.entries(stores)) {
  test(`a closing server waits for calls of sessions ${where} whose connections are lost, because their clients ask again`, async (t) => {
    const gate = new Gate();
    const server = new Server({ onError: () => undefined }).implement(adder, adding({ later: gate.later }));
    const sessions = serveSessions(server, await optionsFor(t));
    const [near, far] = memoryPair();
    server.accept(far);
    const raw = createClientWith({}, SESSION_VERS, near);
    const made = await raw.create({ slots: 3 });
    assert.ok(made.status === Stat.SESSION_OK);
    const { id } = made.grant;
    for (const slot of [0, 1, 2]) {
      raw.call({ id, slot, sequence: 1, settled: 0, message: laterMessage(slot) }).catch(() => undefined);
      await gate.reached(slot + 1);
    }
    near.destroy();
    await until(
      () => server.connections === 0,
      () => "the end of the connection",
    );
    let isClosed = false;
    const closing = server.close({ drain: Number.POSITIVE_INFINITY }).then(() => {
      isClosed = true;
    });
    await settleAll();
    assert.equal(isClosed, false);
    gate.open();
    await closing;
    assert.ok(sessions.bytes > 0, "the replies are kept");
  });
}

test("a closing server waits no longer than `drain` for calls of sessions whose connections are lost", async () => {
  const gate = new Gate();
  const server = new Server({ onError: () => undefined }).implement(adder, adding({ later: gate.later }));
  serveSessions(server);
  const [near, far] = memoryPair();
  server.accept(far);
  const raw = createClientWith({}, SESSION_VERS, near);
  const made = await raw.create({ slots: 1 });
  assert.ok(made.status === Stat.SESSION_OK);
  const message = laterMessage(1);
  raw.call({ id: made.grant.id, slot: 0, sequence: 1, settled: 0, message }).catch(() => undefined);
  await gate.reached(1);
  near.destroy();
  await until(
    () => server.connections === 0,
    () => "the end of the connection",
  );
  await server.close({ drain: 0 });
  gate.open();
});
