// A worker: it receives requests from the listener and sends each answer to the client that the request names.
//   worker.js NAME
import { openMailbox } from "lupine/messaging";
import { answer } from "./answer.js";
import { kind, mail } from "./mail.gen.js";

const [name = "worker"] = process.argv.slice(2);
const mailbox = await openMailbox(name, { type: mail });
process.send?.("ready");
// The listener has ended.
process.once("disconnect", () => process.exit());

for (;;) {
  const { message } = await mailbox.receive();
  if (message.kind !== kind.REQUEST) continue;
  // A client that has ended must not end the worker.
  await mailbox
    .send(answer(message.request, name), message.request.client)
    .catch((error) => console.error(error.message));
}
