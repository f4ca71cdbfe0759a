// Very many messages between processes: none is lost, none comes twice, each sender's come in order, and memory stays.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openMailbox, type Received } from "lupine/messaging";
import { unsignedInt } from "lupine/xdr";

const program = fileURLToPath(new URL("sender.js", import.meta.url));
const messages = 10_000;

function startSender(t: TestContext, to: string, count: number, until: string): Promise<unknown[]> {
  const child = spawn(process.execPath, [program, to, String(count), until], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  return once(child, "exit");
}

for (const [until, senders, count] of [
  ["sent", 1, 1_000_000],
  ["queued", 2, 50_000],
] as const) {
  test(`${senders} x ${count} messages (until: "${until}") arrive once each and in order, in bounded memory`, async (t) => {
    await using mailbox = await openMailbox("tcp://127.0.0.1:0", { type: unsignedInt, messages });
    const exits = Array.from({ length: senders }, () => startSender(t, mailbox.url, count, until));
    // A sender that fails must fail the test, not leave it waiting for messages.
    const failed = new AbortController();
    for (const exit of exits) exit.then(([status]) => status === 0 || failed.abort(new Error("a sender failed")));
    const next = new Map<string, number>();
    let mostUnread = 0;
    for (let left = senders * count; left > 0; left--) {
      const { from, message }: Received<number> =
        mailbox.tryReceive() ?? (await mailbox.receive({ signal: failed.signal }));
      const expected = next.get(from) ?? 0;
      if (message !== expected) assert.fail(`${from} sent ${message} where ${expected} was due`);
      next.set(from, message + 1);
      mostUnread = Math.max(mostUnread, mailbox.unread);
    }
    assert.deepEqual(
      [...next.values()],
      Array.from({ length: senders }, () => count),
    );
    // Beyond the limit are only the messages that wait for room: those of the calls in flight of each connection.
    assert.ok(mostUnread <= messages + senders * 2_000, `${mostUnread} messages were unread`);
    assert.deepEqual(
      await Promise.all(exits),
      exits.map(() => [0, null]),
    );
    assert.equal(mailbox.unread, 0);
  });
}
