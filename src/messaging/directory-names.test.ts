import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openDirectory, startDirectory } from "../directory/index.js";
import { RpcDisconnected } from "../rpc/errors.js";
import { int } from "../xdr/primitives.js";
import { type MailboxError, openMailbox } from "./index.js";

async function directoryOf(t: TestContext) {
  const server = await startDirectory({ port: 0 });
  t.after(() => server.close());
  return server.url;
}

test("mailboxes with names in a directory exchange messages, and `from` is the name", async (t) => {
  const directory = await directoryOf(t);
  await using printer = await openMailbox("dir:/mail/printer", { type: int, directory });
  await using user = await openMailbox("dir:/mail/user", { type: int, directory });
  await using other = await openMailbox("memory:other", { type: int, directory });
  await other.send(1, "dir:/mail/printer");
  await user.send(7, "dir:/mail/printer", { until: "sent" });
  const { from, message } = await printer.receive({ from: "dir:/mail/user" });
  assert.deepEqual({ from, message }, { from: "dir:/mail/user", message: 7 });
  await printer.send(message + 1, from, { until: "queued" });
  assert.deepEqual(await user.receive(), { from: "dir:/mail/printer", message: 8 });
  assert.deepEqual(await printer.receive(), { from: "memory:other", message: 1 });
  assert.equal(printer.name, "dir:/mail/printer");
  assert.match(printer.url, /^tcp:\/\/127\.0\.0\.1:\d+$/);
});

test("an open directory can be given, and a name can have the directory's address in it", async (t) => {
  const url = await directoryOf(t);
  await using directory = await openDirectory(url);
  await using printer = await openMailbox("dir:/mail/printer", { type: int, directory });
  await using user = await openMailbox("memory:by-host", { type: int });
  await user.send(3, `${url.replace(/^tcp:/, "dir:")}/mail/printer`);
  assert.equal((await printer.receive()).message, 3);
});

test("a closed mailbox is no longer found, and the name can be opened again", async (t) => {
  const directory = await directoryOf(t);
  await using user = await openMailbox("memory:sender", { type: int, directory });
  const first = await openMailbox("dir:/mail/printer", { type: int, directory });
  await user.send(1, "dir:/mail/printer");
  const ended = user.ended("dir:/mail/printer");
  assert.equal(await first.close(), 1);
  await ended;
  await assert.rejects(user.send(2, "dir:/mail/printer"), (error: RpcDisconnected) => {
    assert.ok(error instanceof RpcDisconnected);
    assert.equal(error.mayHaveRun, false);
    return true;
  });
  await using second = await openMailbox("dir:/mail/printer", { type: int, directory });
  // The sender learns of it a moment after it is registered.
  let error: unknown = "not sent";
  while (error !== undefined) error = await user.send(3, "dir:/mail/printer").catch((thrown: Error) => thrown);
  assert.equal((await second.receive()).message, 3);
});

for (const [listen, mayHaveRun] of [
  ["udp://127.0.0.1:0", true],
  ["tcp://127.0.0.1:0", false],
] as const) {
  test(`a full mailbox with a name at ${listen} may have another copy of the message: ${mayHaveRun}`, async (t) => {
    const directory = await directoryOf(t);
    await using printer = await openMailbox("dir:/mail/printer", { type: int, directory, listen, messages: 1 });
    await using user = await openMailbox("memory:asker", { type: int, directory });
    const errors: MailboxError[] = [];
    while (errors.length === 0)
      await user.send(1, "dir:/mail/printer", { wait: false }).catch((error) => errors.push(error));
    assert.deepEqual([errors[0]?.code, errors[0]?.mayHaveRun], ["MAILBOX_FULL", mayHaveRun]);
    assert.ok(printer.unread > 0 && printer.unread <= 2, `${printer.unread} messages`);
  });
}

test("a malformed name, and a directory that cannot be reached, are refused", async () => {
  await assert.rejects(
    openMailbox("dir:printer", { type: int }),
    ({ code }: MailboxError) => code === "MAILBOX_BAD_NAME",
  );
  await assert.rejects(openMailbox("dir:/mail/printer", { type: int, directory: "tcp://127.0.0.1:1" }), {
    code: "DIRECTORY_UNREACHABLE",
  });
});
