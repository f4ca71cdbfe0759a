// Durable mailboxes on a real nats-server. LUPINE_DURABLE_MESSAGES: how many the test with killed receivers sends (default 400).
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { RpcDisconnected, RpcTimeout } from "lupine";
import {
  type DurableMailbox,
  type DurableMailboxOptions,
  type MailboxError,
  openDurableMailbox,
  openMailbox,
} from "lupine/messaging";
import { string, unsignedInt } from "lupine/xdr";
import { type NatsServer, natsServerMissing, startNatsServer } from "../directory-engines/nats-server.js";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { until } from "../interop/harness/processes.js";

peerSuite(natsServerMissing(), () => {
  let nats: NatsServer;
  let made = 0;
  before(async () => {
    nats = await startNatsServer();
  });
  after(() => nats[Symbol.asyncDispose]());

  const url = (name: string): string => `nats://127.0.0.1:${nats.port}/${name}`;
  const fresh = (): string => `box${++made}`;
  const open = (name: string, options: Partial<DurableMailboxOptions<number>> = {}): Promise<DurableMailbox<number>> =>
    openDurableMailbox(url(name), { type: unsignedInt, timeout: 60_000, ...options });

  test("messages wait in a mailbox that no process has open, and an answer goes to `from`", async () => {
    const [printer, user] = [fresh(), fresh()];
    await (await open(printer)).close();
    await using sender = await open(user);
    for (const number of [1, 2, 3]) await sender.send(number, printer);
    await using receiver = await open(printer);
    for (const number of [1, 2, 3]) {
      const { from, message, acknowledge } = await receiver.receive();
      assert.deepEqual([from, message], [user, number]);
      await acknowledge();
      await receiver.send(message * 10, from);
    }
    assert.equal((await sender.receive({ from: printer })).message, 10);
  });

  test("a message that is not acknowledged goes to the next process, one that is acknowledged never again", async () => {
    const name = fresh();
    await using sender = await open(fresh());
    const first = await open(name);
    for (const number of [1, 2, 3]) await sender.send(number, name);
    const one = await first.receive();
    const two = await first.receive();
    assert.deepEqual([one.message, two.message], [1, 2]);
    await one.acknowledge();
    await first.close();
    await using second = await open(name);
    const rest = [await second.receive(), await second.receive()];
    assert.deepEqual(rest.map(({ message }) => message).sort(), [2, 3]);
    for (const received of rest) await received.acknowledge();
    await assert.rejects(second.receive({ timeout: 100 }), RpcTimeout);
  });

  test("the iterator acknowledges a message when the next is asked for, and not after break", async () => {
    const name = fresh();
    await using sender = await open(fresh());
    const first = await open(name);
    for (const number of [1, 2, 3]) await sender.send(number, name);
    for await (const { message } of first) if (message === 2) break;
    await first.close();
    await using second = await open(name);
    const rest = [await second.receive(), await second.receive()];
    assert.deepEqual(rest.map(({ message }) => message).sort(), [2, 3]);
  });

  test("a full mailbox lets senders wait, or says so", async () => {
    const name = fresh();
    await using sender = await open(fresh());
    await using receiver = await open(name, { messages: 2 });
    await sender.send(1, name);
    await sender.send(2, name);
    const full = ({ code }: MailboxError): boolean => code === "MAILBOX_FULL";
    await assert.rejects(sender.send(3, name, { wait: false }), full);
    const waiting = sender.send(3, name, { timeout: 60_000 });
    await (await receiver.receive()).acknowledge();
    await waiting;
  });

  test("a message of another type is removed and reported, and the next one is received", async () => {
    const name = fresh();
    const errors: unknown[] = [];
    await using receiver = await open(name, { onError: (error) => errors.push(error) });
    await using other = await openDurableMailbox(url(fresh()), { type: string(), timeout: 60_000 });
    await other.send("not a number", name);
    await using sender = await open(fresh());
    await sender.send(4, name);
    assert.equal((await receiver.receive()).message, 4);
    assert.deepEqual(
      errors.map((error) => (error as MailboxError).code),
      ["MAILBOX_NOT_READABLE"],
    );
  });

  test("a mailbox that was never opened, malformed names and wrong options are refused", async () => {
    await using sender = await open(fresh());
    await assert.rejects(sender.send(1, "nobody"), RpcDisconnected);
    const bad = ({ code }: MailboxError): boolean => code === "MAILBOX_BAD_NAME";
    await assert.rejects(sender.send(1, "a.b"), bad);
    await assert.rejects(openDurableMailbox(`nats://127.0.0.1:${nats.port}`, { type: unsignedInt }), bad);
    await assert.rejects(openMailbox(url("printer"), { type: unsignedInt }), bad);
    await assert.rejects(open(fresh(), { mesages: 1 } as object), /options\.mesages.*did you mean messages/);
    await assert.rejects(open(fresh(), { type: undefined as never }), TypeError);
  });

  test("messages survive a restart of nats-server, and sender and receiver go on", async () => {
    const name = fresh();
    await using sender = await open(fresh());
    await using receiver = await open(name);
    await sender.send(1, name);
    await nats.kill();
    const later = sender.send(2, name, { timeout: 60_000 });
    await nats.begin();
    await later;
    const got = new Set<number>();
    while (got.size < 2) {
      const { message, acknowledge } = await receiver.receive();
      await acknowledge();
      got.add(message);
    }
    assert.deepEqual([...got].sort(), [1, 2]);
  });

  test("while receivers are killed, each message is handled at least once, and none again that was acknowledged", async (t) => {
    const count = Number(process.env["LUPINE_DURABLE_MESSAGES"] ?? 400);
    const name = fresh();
    const folder = mkdtempSync(join(tmpdir(), "lupine-durable-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "log");
    const lines = (): string[] => (existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : []);
    const redelivery = 1_000;
    await (await open(name, { redelivery })).close();
    await using sender = await open(fresh());
    const start = (): ChildProcess =>
      fork(new URL("./durable-receiver.js", import.meta.url), [url(name), file, String(redelivery)]);
    let receiver = start();
    t.after(() => receiver.kill("SIGKILL"));
    for (let first = 0; first < count; first += 100) {
      const some = Array.from({ length: Math.min(100, count - first) }, (_, i) => sender.send(first + i, name));
      await Promise.all(some);
    }
    const kills = 4;
    for (let kill = 1; kill <= kills; kill++) {
      const due = Math.floor((count / (kills + 1)) * kill);
      await until(
        () => lines().length >= 2 * due,
        () => `${due} messages to be handled`,
      );
      receiver.kill("SIGKILL");
      await once(receiver, "exit");
      receiver = start();
    }
    const handled = (): number => new Set(lines().filter((line) => line.startsWith("got "))).size;
    await until(
      () => handled() === count,
      () => `${count} messages to be handled`,
    );
    const acknowledged = new Set<string>();
    for (const line of lines()) {
      const [what, number = ""] = line.split(" ");
      if (what === "done") acknowledged.add(number);
      else assert.ok(!acknowledged.has(number), `${number} came again`);
    }
  });
});
