// Sends all words to the listener without waiting, and looks for answers of the listener while it does other work. It opens
// the mailbox that the listener expects: client-of-LISTENER.
//   client.js LISTENER [WORD ...]
import { setTimeout as otherWork } from "node:timers/promises";
import { openMailbox } from "lupine/messaging";
import { kind, mail } from "../messages-asymmetric-blocking/mail.gen.js";

const [listener = "listener", ...given] = process.argv.slice(2);
const all = given.length > 0 ? given : ["send", "and", "receive"];
const client = `client-of-${listener}`;
await using mailbox = await openMailbox(client, { type: mail });
const sending = all.map((words) =>
  mailbox.send({ kind: kind.REQUEST, request: { client, words } }, listener, { until: "sent" }),
);
for (let missing = all.length; missing > 0; ) {
  const received = mailbox.tryReceive({ from: listener });
  if (received === undefined) await otherWork(1);
  else if (received.message.kind === kind.ANSWER) {
    console.log(received.message.answer);
    missing--;
  }
}
await Promise.all(sending);
