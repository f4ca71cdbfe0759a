// A process of the tests with NATS: a sender, or a receiver of a durable mailbox that says what it handles.
//   nats-process.js send URL COUNT       sends the numbers 0 to COUNT - 1, each until it is queued
//   nats-process.js handle URL           for each message: "got N", then "done N" after it is acknowledged
//   nats-process.js hold URL             receives one message and does nothing
import { writeSync } from "node:fs";
import { openMailbox } from "lupine/messaging";
import { unsignedInt } from "lupine/xdr";

const [what = "", url = "", count = "0"] = process.argv.slice(2);
const together = 500;

if (what === "send") {
  const sender = await openMailbox(`${url}-from-${process.pid}`, { type: unsignedInt });
  for (let first = 0; first < Number(count); first += together) {
    const numbers = Array.from({ length: Math.min(together, Number(count) - first) }, (_, i) => first + i);
    await Promise.all(numbers.map((number) => sender.send(number, url, { timeout: 600_000 })));
  }
  await sender.close();
} else {
  const mailbox = await openMailbox(url, { type: unsignedInt, durable: what === "handle", messages: 1_000_000 });
  for (;;) {
    const received = await mailbox.receive();
    writeSync(1, `got ${received.message}\n`);
    if (what === "hold") continue;
    await mailbox.done(received);
    writeSync(1, `done ${received.message}\n`);
  }
}
