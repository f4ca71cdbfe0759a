// Sends words to the listener, and receives the answers from the workers that have written them.
//   client.js MAILBOX [WORD ...]
import { openMailbox } from "lupine/messaging";
import { kind, mail } from "./mail.gen.js";

const [listener = "listener", ...given] = process.argv.slice(2);
const all = given.length > 0 ? given : ["send", "and", "receive"];

await using mailbox = await openMailbox(listener.startsWith("tcp:") ? "tcp://127.0.0.1:0" : `client-${process.pid}`, {
  type: mail,
});
for (const words of all) await mailbox.send({ kind: kind.REQUEST, request: { client: "", words } }, listener);
for (const _ of all) {
  const { message } = await mailbox.receive({ timeout: 10_000 });
  if (message.kind === kind.ANSWER) console.log(message.answer);
}
