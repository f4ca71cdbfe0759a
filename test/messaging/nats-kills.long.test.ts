// A durable mailbox on NATS whose receivers are killed again and again: 100,000 messages, or LUPINE_MESSAGES.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openMailbox } from "lupine/messaging";
import { unsignedInt } from "lupine/xdr";
import { natsServerMissing, sharedNatsServer } from "../directory-engines/nats-server.js";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { handleAll, startNatsProcess } from "./nats-processes.js";

const count = Number(process.env["LUPINE_MESSAGES"] ?? 100_000);

peerSuite(natsServerMissing(), () => {
  const nats = sharedNatsServer();

  test(`each of ${count} messages is handled although its receivers are killed, and acknowledged ones never again`, async (t) => {
    const name = `nats://127.0.0.1:${nats().port}/mail.many`;
    const first = await openMailbox(name, { type: unsignedInt, durable: true, messages: 1_000_000 });
    await first.close();
    const sender = startNatsProcess("send", name, String(count));
    t.after(() => sender.child.kill("SIGKILL"));
    const { got, done, again, kills } = await handleAll(name, count, Math.ceil(count / 20));
    assert.deepEqual(await sender.exit, [0, null]);
    assert.equal(got.size, count);
    assert.deepEqual(again, []);
    assert.ok(kills >= 5, `${kills} receivers were killed`);
    t.diagnostic(`${kills} kills, ${done.size} of ${count} were acknowledged before their receiver was killed`);
  });
});
