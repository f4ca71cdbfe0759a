// Programs that publish what they like to the subjects of mailboxes, with a real nats-server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nats as nodeNats } from "../directory-engines/nats-client.js";
import { natsServerMissing } from "../directory-engines/nats-server.js";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { natsMailboxes, subjectOf } from "./nats-mailboxes.js";

const hello = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1);
const probe = Uint8Array.of(0, 0, 0, 7, 0, 0, 0, 1);
const garbage = [
  new Uint8Array(0),
  new Uint8Array(3),
  new Uint8Array(8),
  new Uint8Array(100_000).fill(255),
  // An envelope whose sender is said to have 2 ** 32 - 1 bytes.
  Uint8Array.of(0, 0, 0, 4, 255, 255, 255, 255, 0, 0, 0, 4, 0, 0, 0, 9),
];

peerSuite(natsServerMissing(), () => {
  const mail = natsMailboxes();

  for (const durable of [false, true]) {
    test(`garbage on the subjects of a ${durable ? "durable " : ""}mailbox does no harm, although onError throws`, async (t) => {
      const onError = (): void => {
        throw new Error("of the user");
      };
      const [server, client] = [await mail.open(t, { durable, onError }), await mail.open(t)];
      const raw = await mail.connect(t);
      const subject = subjectOf(server.name);
      for (const bytes of garbage) {
        for (const to of [subject, `${subject}.~kept`]) {
          raw.publish(to, bytes);
          raw.publish(to, bytes, { reply: subject });
          raw.publish(to, bytes, { reply: "_INBOX.nobody.1" });
        }
      }
      await raw.flush();
      await client.send(5, server.name);
      const received = await server.receive();
      assert.equal(received.message, 5);
      await server.done(received);
    });
  }

  test("a mailbox publishes nothing to requests of JetStream or to kept messages that a sender names for answers", async (t) => {
    const [server, client] = [await mail.open(t, { durable: true }), await mail.open(t)];
    const subject = subjectOf(server.name);
    const raw = await mail.connect(t);
    const published: string[] = [];
    const targets = [`$JS.API.STREAM.PURGE.MAIL_${subject.replaceAll(".", "=")}`, `${subject}.~kept`];
    for (const target of targets) {
      raw.subscribe(target, { callback: (_, message) => void published.push(message.subject) });
      raw.publish(subject, hello, { reply: target });
      raw.publish(subject, probe, { reply: target });
    }
    const headers = nodeNats.headers();
    headers.set("Lupine-Handled", targets[0] as string);
    raw.publish(`${subject}.~kept`, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 9), { headers });
    await raw.flush();
    const forged = await server.receive();
    assert.equal(forged.message, 9);
    await server.done(forged);
    await client.send(5, server.name);
    await server.done(await server.receive());
    await raw.flush();
    // The forged message and the client's.
    assert.deepEqual(published, [`${subject}.~kept`, `${subject}.~kept`]);
  });

  test("more conversations than a mailbox has room for, which carry nothing, do not keep a sender out", async (t) => {
    const [server, client] = [await mail.open(t), await mail.open(t)];
    const raw = await mail.connect(t);
    let welcomed = 0;
    raw.subscribe("mail.flood", { callback: () => void welcomed++ });
    for (let i = 0; i < 1_200; i++) raw.publish(subjectOf(server.name), hello, { reply: "mail.flood" });
    await raw.flush();
    await client.send(5, server.name);
    assert.equal((await server.receive()).message, 5);
    assert.ok(welcomed > 0);
  });
});
