// Durable mailboxes on NATS whose stream or consumer somebody deletes, and one that is slow.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Mailbox, openMailbox } from "lupine/messaging";
import { opaque } from "lupine/xdr";
import { natsServerMissing, startNatsServer } from "../directory-engines/nats-server.js";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { natsMailboxes, streamOf } from "./nats-mailboxes.js";

peerSuite(natsServerMissing(), () => {
  const mail = natsMailboxes();

  test("a durable mailbox whose consumer was deleted notices it, and receives what was sent meanwhile", async (t) => {
    const [server, client] = [await mail.open(t, { durable: true }), await mail.open(t)];
    const raw = await mail.connect(t);
    const stream = streamOf(server.name);
    const { consumers } = (await raw.request(`$JS.API.CONSUMER.NAMES.${stream}`, "")).json() as { consumers: string[] };
    await raw.request(`$JS.API.CONSUMER.DELETE.${stream}.${consumers[0]}`, "");
    await client.send(1, server.name);
    assert.equal((await server.receive()).message, 1);
  });

  test("a durable mailbox whose stream was deleted makes it again, reports it, and receives again", async (t) => {
    const errors: Error[] = [];
    const onError = (error: unknown): void => void errors.push(error as Error);
    const [server, client] = [await mail.open(t, { durable: true, onError }), await mail.open(t)];
    await client.send(1, server.name);
    await server.receive();
    await (await mail.connect(t)).request(`$JS.API.STREAM.DELETE.${streamOf(server.name)}`, "");
    await client.send(2, server.name, { timeout: 600_000 });
    assert.equal((await server.receive()).message, 2);
    assert.ok(errors.some(({ message }) => /was deleted, with its messages: it was made again/.test(message)));
  });

  test("a process that does not read for a while is not disconnected, however long the messages are", async (t) => {
    const type = opaque(1_000_000);
    const name = mail.newName();
    const errors: unknown[] = [];
    const options = { type, durable: true, onError: (error: unknown) => void errors.push(error) };
    await (await openMailbox(name, options)).close();
    const client: Mailbox<Uint8Array> = await openMailbox(mail.newName(), { type });
    t.after(() => client.close());
    const count = 150;
    for (let i = 0; i < count; i++) await client.send(new Uint8Array(900_000).fill(i), name);
    const server: Mailbox<Uint8Array> = await openMailbox(name, options);
    t.after(() => server.close());
    for (let i = 0; i < count; i++) {
      const received = await server.receive();
      assert.equal(received.message[0], i);
      if (i < 3) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
      await server.done(received);
    }
    assert.deepEqual(errors, []);
    assert.doesNotMatch(mail.server().output(), /Slow Consumer/);
  });

  test("a durable mailbox whose user may not answer JetStream's flow control reports what is missing", async (t) => {
    const publish = '"*", "*.~kept", "_INBOX.>", "$JS.API.>", "$JS.ACK.>"';
    await using guarded = await startNatsServer(`authorization { users = [
      { user: "me", password: "secret", permissions { publish: [${publish}], subscribe: ["*", "_INBOX.>"] } } ] }`);
    const type = opaque(1_000_000);
    const name = `nats://me:secret@127.0.0.1:${guarded.port}/slow`;
    let report = (_: string): void => {};
    const reported = new Promise<string>((resolve) => {
      report = resolve;
    });
    const onError = (error: unknown): void => report((error as Error).message);
    const server: Mailbox<Uint8Array> = await openMailbox(name, { type, durable: true, onError });
    t.after(() => server.close());
    for (let i = 0; i < 20; i++) await server.send(new Uint8Array(900_000), name);
    assert.match(await reported, /allow this user to publish to \$JS\.FC\.>/);
  });
});
