// A worker: it receives requests from the listener and sends each answer to the client that the request names.
import { openMailbox } from "lupine/messaging";
import { kind, mail } from "./mail.gen.js";

const [name = "worker"] = process.argv.slice(2);
const mailbox = await openMailbox(name, { type: mail });
process.send?.("ready");
// The listener is gone.
process.once("disconnect", () => process.exit());

for await (const { message } of mailbox) {
  if (message.kind !== kind.REQUEST) continue;
  const { client, words } = message.request;
  const answer = `${words.toUpperCase()} (from ${name.replace(/-of-.*/, "")})`;
  // A client that is gone is no trouble for the others.
  await mailbox.send({ kind: kind.ANSWER, answer }, client).catch((error) => console.error(error.message));
}
