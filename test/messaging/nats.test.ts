// Mailboxes under names of NATS, with a real nats-server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RpcDisconnected, RpcTimeout } from "lupine";
import { type Mailbox, openMailbox, openMailboxSync } from "lupine/messaging";
import { double, opaque, unsignedInt } from "lupine/xdr";
import { natsServerMissing, startNatsServer } from "../directory-engines/nats-server.js";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { freePort } from "../support/free-port.js";
import { natsMailboxes, subjectOf } from "./nats-mailboxes.js";
import { handleAll, startNatsProcess } from "./nats-processes.js";

peerSuite(natsServerMissing(), () => {
  const mail = natsMailboxes();
  const { newName, open: mailbox } = mail;

  for (const durable of [false, true]) {
    const kind = durable ? "durable mailboxes" : "mailboxes";

    test(`${kind} on NATS exchange a message and its answer, and from is the name`, async (t) => {
      const [server, client] = [await mailbox(t, { durable }), await mailbox(t, { durable })];
      await client.send(7, server.name);
      const received = await server.receive();
      assert.deepEqual(received, { from: client.name, message: 7 });
      await server.done(received);
      await server.send(8, received.from);
      assert.deepEqual(await client.receive({ from: server.name }), { from: server.name, message: 8 });
      assert.equal(client.tryReceive(), undefined);
    });

    test(`to ${kind} on NATS, the messages of each of two processes arrive once and in order`, async (t) => {
      const server = await mailbox(t, { durable });
      const senders = [startNatsProcess("send", server.name, "2000"), startNatsProcess("send", server.name, "2000")];
      const next = new Map<string, number>();
      for (let left = 4_000; left > 0; left--) {
        const received = await server.receive();
        const { from, message } = received;
        assert.equal(message, next.get(from) ?? 0);
        next.set(from, message + 1);
        if (durable) void server.done(received);
      }
      assert.deepEqual([...next.values()], [2_000, 2_000]);
      for (const { exit } of senders) assert.deepEqual(await exit, [0, null]);
      assert.equal(server.unread, 0);
    });

    test(`a symmetric receive of ${kind} on NATS leaves the messages of others in their order`, async (t) => {
      const [server, one, two] = [await mailbox(t, { durable }), await mailbox(t), await mailbox(t)];
      await one.send(1, server.name);
      await two.send(20, server.name);
      await one.send(2, server.name);
      await two.send(21, server.name);
      const fromTwo = [await server.receive({ from: two.name }), await server.receive({ from: two.name })];
      const others = [await server.receive(), await server.receive()];
      assert.deepEqual(
        [...fromTwo, ...others].map(({ message }) => message),
        [20, 21, 1, 2],
      );
    });

    test(`full ${kind} on NATS let senders wait for room, in order, or refuse`, async (t) => {
      const server = await mailbox(t, { durable, messages: 2 });
      const client = await mailbox(t);
      await client.send(1, server.name);
      await client.send(2, server.name);
      await assert.rejects(client.send(9, server.name, { wait: false }), { code: "MAILBOX_FULL", mayHaveRun: false });
      const waiting = [3, 4, 5].map((number) => client.send(number, server.name));
      for (const expected of [1, 2, 3, 4, 5]) {
        const received = await server.receive();
        assert.equal(received.message, expected);
        await server.done(received);
      }
      await Promise.all(waiting);
    });

    test(`a blocking send to ${kind} on NATS resolves when the message is ${durable ? "handled" : "received"}`, async (t) => {
      const [server, client] = [await mailbox(t, { durable }), await mailbox(t)];
      let delivered = false;
      const sending = client.send(1, server.name, { until: "delivered" }).then(() => {
        delivered = true;
      });
      await client.send(2, server.name);
      assert.equal(delivered, false);
      const received = await server.receive();
      await server.done(received);
      await sending;
    });

    test(`a message that is longer than the NATS server allows is refused by ${kind}, with the limit`, async (t) => {
      const type = opaque(4_000_000);
      const server: Mailbox<Uint8Array> = await openMailbox(newName(), { type, durable });
      t.after(() => server.close());
      const client: Mailbox<Uint8Array> = await openMailbox(newName(), { type });
      t.after(() => client.close());
      await assert.rejects(client.send(new Uint8Array(2_000_000), server.name), (error: RpcDisconnected) => {
        assert.match(error.message, /too long: at most 10\d+ fit \(max_payload of the NATS server at nats:\/\/127/);
        assert.equal(error.mayHaveRun, false);
        return true;
      });
      await client.send(new Uint8Array(900_000), server.name);
      assert.equal((await server.receive()).message.length, 900_000);
    });

    test(`a message of another type is reported by ${kind} on NATS, and dropped`, async (t) => {
      const errors: Error[] = [];
      const server = await mailbox(t, { durable, onError: (error) => void errors.push(error as Error) });
      const other = await openMailbox(newName(), { type: double });
      t.after(() => other.close());
      const sending = other.send(1.5, server.name, { until: durable ? "delivered" : "queued" });
      if (durable) await sending;
      else await assert.rejects(sending, { code: "MAILBOX_NOT_READABLE", mayHaveRun: false });
      assert.equal(server.unread, 0);
      assert.equal(errors.length, durable ? 1 : 0);
    });

    test(`the second process that opens one of the ${kind} on NATS is refused`, async (t) => {
      const server = await mailbox(t, { durable });
      await assert.rejects(openMailbox(server.name, { type: unsignedInt, durable }), {
        code: "TRANSPORT_LISTEN_FAILED",
        message: /another process has this name/,
      });
    });
  }

  test("one-way messages to a full mailbox on NATS wait, and arrive in order", async (t) => {
    const [server, client] = [await mailbox(t, { messages: 3 }), await mailbox(t)];
    const sent = Array.from({ length: 3_000 }, (_, i) => client.send(i, server.name, { until: "sent" }));
    for (let i = 0; i < 3_000; i++) assert.equal((await server.receive()).message, i);
    await Promise.all(sent);
  });

  test("who watches a mailbox on NATS is told when its process is killed, and a blocking send fails", async (t) => {
    const name = newName();
    const client = await mailbox(t);
    const { child, exit } = startNatsProcess("hold", name);
    while (!(await client.send(1, name, { until: "delivered" }).then(() => true, isAbsent)))
      await new Promise(setImmediate);
    const ended = client.ended(name);
    child.kill("SIGKILL");
    await Promise.all([exit, ended]);
    await assert.rejects(client.send(2, name), (error: RpcDisconnected) => {
      assert.ok(error instanceof RpcDisconnected);
      assert.match(error.message, /no process has this mailbox/);
      return !error.mayHaveRun;
    });
  });

  test("a durable mailbox keeps what is sent while nobody receives, and a closed one gives it to the next", async (t) => {
    const name = newName();
    const client = await mailbox(t);
    const first = await openMailbox(name, { type: unsignedInt, durable: true });
    await client.send(1, name);
    await client.send(2, name);
    const one = await first.receive();
    await first.done(one);
    assert.equal((await first.receive()).message, 2);
    await first.close();
    for (const number of [3, 4]) await client.send(number, name);
    const second = await openMailbox(name, { type: unsignedInt, durable: true });
    t.after(() => second.close());
    const seen: number[] = [];
    for await (const { message } of second) if (seen.push(message) === 3) break;
    assert.deepEqual(seen, [2, 3, 4]);
    assert.equal(second.unread, 0);
  });

  test("acknowledgments in flight arrive before a mailbox closes, and later ones are refused", async (t) => {
    const name = newName();
    const client = await mailbox(t);
    const first = await openMailbox(name, { type: unsignedInt, durable: true });
    for (const number of [1, 2, 3]) await client.send(number, name);
    const [one, two, three] = [await first.receive(), await first.receive(), await first.receive()];
    const acknowledging = [first.done(one), first.done(two)];
    await first.close();
    await Promise.all(acknowledging);
    await assert.rejects(
      first.done(three),
      (error: RpcDisconnected) => error.mayHaveRun && /received again/.test(error.message),
    );
    const second = await mailbox(t, { durable: true }, name);
    assert.equal((await second.receive()).message, 3);
    assert.equal(second.tryReceive(), undefined);
  });

  test("a name that is durable stays so, and its senders find out when it has become so", async (t) => {
    const name = newName();
    const client = await mailbox(t);
    const plain = await openMailbox(name, { type: unsignedInt });
    await client.send(1, name);
    await plain.close();
    const kept = await openMailbox(name, { type: unsignedInt, durable: true });
    await client.send(2, name).catch(isAbsent);
    await client.send(3, name);
    await kept.close();
    await assert.rejects(openMailbox(name, { type: unsignedInt }), {
      code: "TRANSPORT_LISTEN_FAILED",
      message: /is a durable mailbox: open it with durable: true, or delete its stream: nats stream rm MAIL_mail=test-/,
    });
    const again = await mailbox(t, { durable: true }, name);
    const seen: number[] = [];
    while (!seen.includes(3)) seen.push((await again.receive()).message);
    assert.ok(["3", "2,3"].includes(seen.join()), seen.join());
  });

  test("each message of a durable mailbox is handled although its receivers are killed, and acknowledged ones never again", async (t) => {
    const count = 3_000;
    const name = newName();
    const first = await openMailbox(name, { type: unsignedInt, durable: true, messages: 1_000_000 });
    await first.close();
    const sender = startNatsProcess("send", name, String(count));
    t.after(() => sender.child.kill("SIGKILL"));
    const { got, again, kills } = await handleAll(name, count, 800);
    assert.deepEqual(await sender.exit, [0, null]);
    assert.equal(got.size, count);
    assert.deepEqual(again, []);
    assert.ok(kills >= 2, `${kills} receivers were killed`);
  });

  test("a durable mailbox and its sender go on after NATS was killed, and nothing is lost or stored twice", async (t) => {
    const name = newName();
    const [server, client] = [await mailbox(t, { durable: true, onError: () => {} }, name), await mailbox(t)];
    await client.send(0, name);
    const first = await server.receive();
    const plain = await mailbox(t);
    await client.send(7, plain.name);
    await mail.server().kill();
    for (const to of [name, plain.name]) {
      await assert.rejects(client.send(9, to, { timeout: 500 }), (error: RpcDisconnected) => {
        assert.ok(error instanceof RpcDisconnected);
        assert.match(error.message, /NATS at nats:\/\/127\.0\.0\.1:\d+ (is lost|cannot be reached|was lost)/);
        return true;
      });
    }
    const sending = [1, 2, 3].map((number) => client.send(number, name, { timeout: 600_000 }));
    await mail.server().begin();
    await Promise.all(sending);
    await server.done(first);
    const seen: number[] = [];
    for await (const { message } of server) if (seen.push(message) === 3) break;
    assert.deepEqual(seen, [1, 2, 3]);
    assert.equal(server.tryReceive(), undefined);
    while (!(await client.send(8, plain.name).then(() => true, isAbsent))) await new Promise(setImmediate);
    assert.deepEqual([(await plain.receive()).message, (await plain.receive()).message], [7, 8]);
  });

  test("a message that is stored again under its id is kept once", async (t) => {
    const server = await mailbox(t, { durable: true });
    const subject = `${subjectOf(server.name)}.~kept`;
    const connection = await mail.connect(t);
    const copies: { readonly data: Uint8Array; readonly headers?: unknown }[] = [];
    connection.subscribe(subject, { callback: (_, copy) => void copies.push(copy) });
    await connection.flush();
    const client = await mailbox(t);
    await client.send(5, server.name);
    await connection.flush();
    const [{ data, headers }] = copies as [(typeof copies)[0]];
    connection.publish(subject, data, { headers });
    await connection.flush();
    await client.send(6, server.name);
    assert.deepEqual([(await server.receive()).message, (await server.receive()).message], [5, 6]);
    await connection.flush();
    assert.equal(copies.length, 3);
  });

  test("without NATS, opening and sending fail with its address, and nothing was sent", async (t) => {
    const port = await freePort();
    const name = `nats://127.0.0.1:${port}/nobody`;
    await assert.rejects(openMailbox(name, { type: unsignedInt }), {
      code: "DIRECTORY_UNREACHABLE",
      message: new RegExp(`mailbox at nats://127\\.0\\.0\\.1:${port} cannot be reached`),
    });
    const client: Mailbox<number> = await openMailbox("memory:off-nats", { type: unsignedInt });
    t.after(() => client.close());
    await assert.rejects(client.send(1, name), (error: RpcDisconnected) => {
      assert.ok(error instanceof RpcDisconnected);
      assert.match(error.message, new RegExp(String(port)));
      return !error.mayHaveRun;
    });
  });

  test("a message to a durable mailbox that cannot be stored in time says so", async (t) => {
    const server = await mailbox(t, { durable: true, messages: 1 });
    const client = await mailbox(t);
    await client.send(1, server.name);
    await assert.rejects(client.send(2, server.name, { timeout: 300 }), (error: RpcTimeout) => {
      assert.ok(error instanceof RpcTimeout);
      assert.match(error.message, /it has no room/);
      return !error.mayHaveRun;
    });
  });

  test("wrong names and options on NATS are refused, without the password", async (t) => {
    const client = await mailbox(t);
    for (const name of ["nats://", "nats://host", "nats://host/", "nats://host/a b", "nats://host/a.*", "nats:/x/y"])
      await assert.rejects(client.send(1, name), { code: "MAILBOX_BAD_NAME" }, name);
    await assert.rejects(openMailbox("nats://me:secret@host/a..b", { type: unsignedInt }), (error: Error) => {
      assert.match(error.message, /nats:\/\/host\/a\.\.b.*subject/);
      return !error.message.includes("secret");
    });
    await assert.rejects(
      openMailbox("memory:kept", { type: unsignedInt, durable: true }),
      /options\.durable does not apply/,
    );
    await assert.rejects(
      client.send(1, `nats://127.0.0.1:${mail.server().port}/nobody-here`),
      /no process has this mailbox/,
    );
  });

  test("mailboxes that block the thread have names on NATS, and none is durable", () => {
    const [name, other] = [newName(), newName()];
    const server = openMailboxSync(name, { type: unsignedInt });
    const client = openMailboxSync(other, { type: unsignedInt });
    client.sendSync(5, name);
    assert.deepEqual(server.receiveSync(), { from: other, message: 5 });
    assert.equal(client.close() + server.close(), 0);
    const durable = { type: unsignedInt, durable: true };
    assert.throws(() => openMailboxSync(name, durable), /options\.durable is for openMailbox/);
  });

  test("without JetStream, a durable mailbox is refused and others work", async () => {
    await using plain = await startNatsServer("", false);
    const name = (subject: string): string => `nats://127.0.0.1:${plain.port}/${subject}`;
    await assert.rejects(
      openMailbox(name("kept"), { type: unsignedInt, durable: true }),
      /JetStream is not enabled; start it with/,
    );
    const server = await openMailbox(name("server"), { type: unsignedInt });
    const client = await openMailbox(name("client"), { type: unsignedInt });
    await client.send(3, server.name);
    assert.equal((await server.receive()).message, 3);
    await client.close();
    await server.close();
  });

  test("the permissions that the guide names are enough", async () => {
    const publish = '"office.*", "office.*.~kept", "_INBOX.>", "$JS.API.>", "$JS.ACK.>", "$JS.FC.>"';
    const permissions = `permissions { publish: [${publish}], subscribe: ["office.*", "_INBOX.>"] }`;
    await using guarded = await startNatsServer(
      `authorization { users = [{ user: "me", password: "secret", ${permissions} }] }`,
    );
    const named = (subject: string): string => `nats://me:secret@127.0.0.1:${guarded.port}/${subject}`;
    for (const durable of [false, true]) {
      const server = await openMailbox(named(`office.server-${durable}`), { type: unsignedInt, durable });
      const client = await openMailbox(named(`office.client-${durable}`), { type: unsignedInt });
      await client.send(3, server.name);
      const received = await server.receive();
      await server.done(received);
      await server.send(4, received.from, { until: "sent" });
      assert.equal((await client.receive()).message, 4);
      await Promise.all([client.close(), server.close()]);
    }
  });

  test("a login in a name is used for answers to the same servers, and is not sent to others", async () => {
    await using guarded = await startNatsServer('authorization { user: "me", password: "secret" }');
    const at = `127.0.0.1:${guarded.port}`;
    const server = await openMailbox(`nats://me:secret@${at}/server`, { type: unsignedInt });
    const client = await openMailbox(`nats://me:secret@${at}/client`, { type: unsignedInt });
    await client.send(3, server.name);
    const { from } = await server.receive();
    assert.equal(from, `nats://${at}/client`);
    await server.send(4, from);
    assert.equal((await client.receive()).message, 4);
    await Promise.all([client.close(), server.close()]);
    await assert.rejects(openMailbox(`nats://me:wrong@${at}/server`, { type: unsignedInt }), (error: Error) => {
      return !error.message.includes("wrong") && /needs a user, a token/.test(error.message);
    });
  });

  /** False if the mailbox is not there yet. */
  function isAbsent(error: unknown): boolean {
    if (error instanceof RpcDisconnected) return false;
    throw error;
  }
});
