// Mailboxes of C programs that rpcgen made from mailbox.x, and ours, write to each other.
import assert from "node:assert/strict";
import { RpcDisconnected } from "lupine";
import { openMailbox } from "lupine/messaging";
import { int } from "lupine/xdr";
import { compile } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run, start } from "./harness/processes.js";

enterNamespace(import.meta.url);

function mailboxInC(): string {
  return compile({
    interface: "src/messaging/mailbox.x",
    sources: ["test/interop/c/mailbox.c"],
    rpcgen: [
      ["-C", "-h", "-o", "mailbox.h"],
      ["-C", "-c", "-o", "mailbox_xdr.c"],
      ["-C", "-l", "-o", "mailbox_clnt.c"],
      ["-C", "-m", "-o", "mailbox_svc.c"],
    ],
    link: ["mailbox.c", "mailbox_xdr.c", "mailbox_clnt.c", "mailbox_svc.c"],
  });
}

peerTest("a C program sends to our mailbox, in order, and hears when a message is not taken", ["c"], async () => {
  await using mailbox = await openMailbox("tcp://127.0.0.1:0", { type: int });
  const port = mailbox.url.slice(mailbox.url.lastIndexOf(":") + 1);
  const { status, output } = await run(mailboxInC(), ["send", port, "3", "-4", "5"]);
  assert.equal(status, 0, output);
  assert.equal(output, "0\n0\n0\n");
  for (const message of [3, -4, 5]) assert.deepEqual(mailbox.tryReceive(), { from: "", message });
  assert.equal(mailbox.tryReceive(), undefined);
});

peerTest("a mailbox of a C program answers us, and its end is noticed", ["c", "namespace"], async () => {
  const server = start(mailboxInC(), ["2005"]);
  await server.printed(/ready/);
  const theirs = "tcp://127.0.0.1:2005";
  await using mailbox = await openMailbox("tcp://127.0.0.1:0", { type: int });
  for (const [number, until] of [...(["sent", "queued", "delivered"] as const).entries()]) {
    await mailbox.send(number, theirs, { until });
    assert.deepEqual(await mailbox.receive({ from: theirs, timeout: 60_000 }), { from: theirs, message: number + 1 });
  }
  const ended = mailbox.ended(theirs);
  await mailbox.send(10, theirs);
  assert.equal((await mailbox.receive({ from: theirs })).message, 11);
  await server[Symbol.asyncDispose]();
  await ended;
  await assert.rejects(mailbox.send(1, theirs), (error) => error instanceof RpcDisconnected && !error.mayHaveRun);
});
