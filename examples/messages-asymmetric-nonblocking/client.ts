// Sends words to the listener without waiting, and looks for the answers while it does other work.
//   client.js MAILBOX [WORD ...]
import { setTimeout as otherWork } from "node:timers/promises";
import { openMailbox } from "lupine/messaging";
import { kind, mail } from "../messages-asymmetric-blocking/mail.gen.js";

const [listener = "listener", ...given] = process.argv.slice(2);
const all = given.length > 0 ? given : ["send", "and", "receive"];

await using mailbox = await openMailbox(listener.startsWith("tcp:") ? "tcp://127.0.0.1:0" : `client-${process.pid}`, {
  type: mail,
});
const sending = all.map((words) =>
  mailbox.send({ kind: kind.REQUEST, request: { client: "", words } }, listener, { until: "sent" }),
);
for (let missing = all.length; missing > 0; ) {
  const received = mailbox.tryReceive();
  if (received === undefined) await otherWork(1);
  else if (received.message.kind === kind.ANSWER) {
    console.log(received.message.answer);
    missing--;
  }
}
await Promise.all(sending);
