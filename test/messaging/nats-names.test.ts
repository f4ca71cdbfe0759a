// Who gets a name on NATS, and what is refused, with a real nats-server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openMailbox, openMailboxSync } from "lupine/messaging";
import { unsignedInt } from "lupine/xdr";
import { natsServerMissing } from "../directory-engines/nats-server.js";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { startProxy } from "../directory-engines/swallowing-proxy.js";
import { natsMailboxes, subjectOf } from "./nats-mailboxes.js";

const type = unsignedInt;

peerSuite(natsServerMissing(), () => {
  const mail = natsMailboxes();

  for (const durable of [false, true]) {
    const kind = durable ? "a durable name" : "a name";

    test(`of several that open ${kind} on NATS at the same moment, exactly one gets it`, async () => {
      for (let round = 0; round < 5; round++) {
        const name = mail.newName();
        const opened = await Promise.allSettled([1, 2, 3, 4].map(() => openMailbox(name, { type, durable })));
        const owners = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
        const reasons = opened.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
        assert.equal(owners.length, 1);
        for (const { code, message } of reasons) {
          assert.equal(code, "TRANSPORT_LISTEN_FAILED");
          assert.match(message, /another process has this name/);
        }
        for (const owner of owners) await owner.close();
      }
    });

    test(`a process that another one has replaced under ${kind}, while it had no connection, is told and closed`, async (t) => {
      await using proxy = await startProxy(mail.server().port);
      const name = mail.newName();
      const errors: Error[] = [];
      const first = await openMailbox(name.replace(/:\d+/, `:${proxy.port}`), {
        type,
        durable,
        onError: (error) => void errors.push(error as Error),
      });
      t.after(() => first.close());
      const waiting = first.receive();
      proxy.cut();
      const second = await mail.open(t, { durable }, name);
      proxy.mend();
      await assert.rejects(waiting, { code: "MAILBOX_CLOSED" });
      assert.ok(errors.some(({ message }) => /another process has this name/.test(message)));
      const client = await mail.open(t);
      await client.send(7, name);
      assert.equal((await second.receive()).message, 7);
    });

    test(`a process that was without a connection keeps ${kind} that nobody else has taken`, async (t) => {
      await using proxy = await startProxy(mail.server().port);
      const name = mail.newName();
      const options = { type, durable, onError: () => {} };
      const first = await openMailbox(name.replace(/:\d+/, `:${proxy.port}`), options);
      t.after(() => first.close());
      proxy.cut();
      proxy.mend();
      const client = await mail.open(t);
      while (
        !(await client.send(7, name).then(
          () => true,
          () => false,
        ))
      )
        await new Promise(setImmediate);
      assert.equal((await first.receive()).message, 7);
    });
  }

  test("options that have no effect on a name of NATS are refused", async () => {
    const name = mail.newName();
    const refused = { accept: "network", listen: "tcp://127.0.0.1:0" } as const;
    for (const [option, value] of Object.entries(refused)) {
      const message = new RegExp(`options\\.${option} does not apply to "${name}"`);
      await assert.rejects(openMailbox(name, { type, [option]: value }), { name: "TypeError", message });
      assert.throws(() => openMailboxSync(name, { type, [option]: value }), { name: "TypeError", message });
    }
    await assert.rejects(
      openMailbox("memory:nats-options", { type, listen: "tcp://127.0.0.1:0" }),
      /options\.listen does not/,
    );
    await assert.rejects(openMailbox(name, { type, durable: true, messages: 0 }), /needs room, 1 or more/);
    for (const bytes of [0, 10 ** 9])
      await assert.rejects(openMailbox(name, { type, durable: true, bytes }), /options\.bytes does not apply to/);
  });

  test("a subject that a JetStream stream stores is refused with the reason", async (t) => {
    const name = mail.newName();
    const raw = await mail.connect(t);
    await raw.request("$JS.API.STREAM.CREATE.OTHER", JSON.stringify({ name: "OTHER", subjects: [subjectOf(name)] }));
    for (const durable of [false, true])
      await assert.rejects(openMailbox(name, { type, durable }), {
        code: "TRANSPORT_LISTEN_FAILED",
        message: /a JetStream stream stores messages of this subject/,
      });
  });
});
