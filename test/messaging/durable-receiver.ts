// A process that receives numbers from a durable mailbox and acknowledges each: durable-receiver.js URL FILE REDELIVERY
// It writes "got N" before it acknowledges N, and "done N" afterwards.
import { appendFileSync } from "node:fs";
import { openDurableMailbox } from "lupine/messaging";
import { unsignedInt } from "lupine/xdr";

const [url = "", file = "", redelivery = "1000"] = process.argv.slice(2);
const mailbox = await openDurableMailbox(url, { type: unsignedInt, redelivery: Number(redelivery) });
for (;;) {
  const { message, acknowledge } = await mailbox.receive();
  appendFileSync(file, `got ${message}\n`);
  await acknowledge();
  appendFileSync(file, `done ${message}\n`);
}
