// Sends one word after another to the listener, and receives from the listener alone. It opens the mailbox that the listener
// expects: client-of-LISTENER.
//   client.js LISTENER [WORD ...]
import { openMailbox } from "lupine/messaging";
import { kind, mail } from "../messages-asymmetric-blocking/mail.gen.js";

const [listener = "listener", ...given] = process.argv.slice(2);
const client = `client-of-${listener}`;
await using mailbox = await openMailbox(client, { type: mail });
for (const words of given.length > 0 ? given : ["send", "and", "receive"]) {
  await mailbox.send({ kind: kind.REQUEST, request: { client, words } }, listener, { until: "delivered" });
  const { message } = await mailbox.receive({ from: listener });
  if (message.kind === kind.ANSWER) console.log(message.answer);
}
