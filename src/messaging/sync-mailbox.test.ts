import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { RpcDisconnected, RpcTimeout } from "../rpc/errors.js";
import { thoroughTest } from "../testing/count-of.test-support.js";
import { XdrError } from "../xdr/index.js";
import { double, int } from "../xdr/primitives.js";
import { openMailbox, openMailboxSync, type SyncMailbox } from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "mail-"));
process.env["XDG_RUNTIME_DIR"] = folder;
after(() => rmSync(folder, { recursive: true }));

function sync(t: TestContext, name: string): SyncMailbox<number> {
  const opened = openMailboxSync(name, { type: int });
  t.after(() => opened.close());
  return opened;
}

// Each blocking mailbox is a thread, which loads what it needs anew: few of them in `npm test`.
for (const [kind, names] of Object.entries({
  "of this machine": ["one", "two"],
  "over TCP": ["tcp://127.0.0.1:0", "tcp://127.0.0.1:0"],
  "over UDP": ["udp://127.0.0.1:0", "udp://127.0.0.1:0"],
})) {
  (kind === "of this machine" ? test : thoroughTest)(
    `two blocking mailboxes ${kind} exchange messages without a turn of the event loop`,
    (t) => {
      let turns = 0;
      const counting = setImmediate(() => turns++);
      const [a, b] = names.map((name) => sync(t, name)) as [SyncMailbox<number>, SyncMailbox<number>];
      for (let number = 0; number < 20; number++) {
        a.sendSync(number, b.name);
        const { from, message } = b.receiveSync();
        assert.equal(message, number);
        assert.equal(from, a.name);
        b.sendSync(message + 1, from);
        assert.equal(a.receiveSync({ from: b.name }).message, number + 1);
      }
      clearImmediate(counting);
      assert.equal(turns, 0);
    },
  );
}

thoroughTest("a blocking mailbox and one that does not block exchange messages", async (t) => {
  const blocking = sync(t, "blocking");
  await using other = await openMailbox("other", { type: int });
  await other.send(1, "blocking");
  assert.deepEqual(blocking.receiveSync(), { from: "other", message: 1 });
  blocking.sendSync(2, "other", { until: "sent" });
  assert.deepEqual(await other.receive(), { from: "blocking", message: 2 });
});

thoroughTest("receiveSync fails at its deadline, and sendSync if nobody has the mailbox", (t) => {
  const box = sync(t, "alone");
  assert.equal(box.tryReceive(), undefined);
  assert.throws(() => box.receiveSync({ timeout: 10 }), RpcTimeout);
  assert.throws(
    () => box.sendSync(1, "nobody"),
    (error) => error instanceof RpcDisconnected && !error.mayHaveRun,
  );
  assert.throws(() => box.sendSync(1, "alone", { until: "delivered", timeout: 10 }), RpcTimeout);
});

thoroughTest("a message of another type is reported to the receiver, and the next one is received", (t) => {
  const box = sync(t, "ints");
  using other = openMailboxSync("doubles", { type: double });
  other.sendSync(1.5, "ints");
  box.sendSync(7, "ints");
  assert.throws(() => box.receiveSync(), { code: "MAILBOX_NOT_READABLE" });
  assert.deepEqual(box.receiveSync(), { from: "ints", message: 7 });
});

test("wrong names, options and values are refused at once", (t) => {
  const box = sync(t, "wrong");
  assert.throws(() => openMailboxSync("memory:here", { type: int }), { code: "MAILBOX_BAD_NAME" });
  assert.throws(() => openMailboxSync("no name!", { type: int }), { code: "MAILBOX_BAD_NAME" });
  assert.throws(() => openMailboxSync("wrong", { type: int }), { code: "TRANSPORT_LISTEN_FAILED" });
  assert.throws(() => box.sendSync("x" as never, "wrong"), XdrError);
  assert.throws(() => box.sendSync(1, "memory:here"), { code: "MAILBOX_BAD_NAME" });
  assert.throws(() => box.receiveSync({ signal: AbortSignal.abort() } as object), /options.signal is not an option/);
});

thoroughTest("close says how many messages nobody has received, and ends the mailbox", () => {
  const box = openMailboxSync("closing", { type: int });
  box.sendSync(1, "closing");
  assert.equal(box.close(), 1);
  assert.equal(box.close(), 1);
  assert.throws(() => box.receiveSync(), { code: "MAILBOX_CLOSED" });
  using again = openMailboxSync("closing", { type: int });
  assert.equal(again.tryReceive(), undefined);
});
