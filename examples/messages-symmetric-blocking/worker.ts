// A worker of a listener that it knows by name: it receives from that listener alone, and answers it.
//   worker.js NAME LISTENER
import { openMailbox } from "lupine/messaging";
import { answer } from "../messages-asymmetric-blocking/answer.js";
import { kind, mail } from "../messages-asymmetric-blocking/mail.gen.js";

const [name = "worker", listener = "listener"] = process.argv.slice(2);
const mailbox = await openMailbox(name, { type: mail });
process.send?.("ready");
// The listener has ended.
process.once("disconnect", () => process.exit());

for (;;) {
  const { message } = await mailbox.receive({ from: listener });
  if (message.kind === kind.REQUEST) {
    await mailbox.send(answer(message.request, name), listener, { until: "delivered" });
  }
}
