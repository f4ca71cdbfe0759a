// A process that sends the numbers 0 to COUNT - 1 to a mailbox, each `until` what is said.
//   sender.js URL COUNT sent|queued
import { openMailbox } from "lupine/messaging";
import { unsignedInt } from "lupine/xdr";

const [to = "", count = "0", until = "queued"] = process.argv.slice(2);
const mailbox = await openMailbox("tcp://127.0.0.1:0", { type: unsignedInt });
/** Messages that are on their way at a time. */
const together = 1_000;
for (let first = 0; first < Number(count); first += together) {
  const some = Array.from({ length: Math.min(together, Number(count) - first) }, (_, i) =>
    mailbox.send(first + i, to, { until: until as "sent" | "queued", timeout: 600_000 }),
  );
  await Promise.all(some);
}
await mailbox.close({ drain: 60_000 });
