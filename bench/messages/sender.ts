// The other process of the benchmark. Sends COUNT messages, or answers each: node sender.js MAILBOX (with an IPC channel)
import { type Mailbox, openMailbox } from "lupine/messaging";
import { unsignedInt } from "lupine/xdr";

/** A load, as the parent orders it over the IPC channel. */
export interface Order {
  readonly way: "mailbox" | "child_process";
  readonly kind: "stream" | "echo";
  readonly count: number;
}

const [to = ""] = process.argv.slice(2);
const mailbox: Mailbox<number> = await openMailbox(`unix:${to.replace(/^unix:/, "")}.sender`, { type: unsignedInt });
let echoes = false;

process.on("message", async (message: Order | number | "end") => {
  if (message === "end") return process.exit();
  if (typeof message === "number") return void (echoes && process.send?.(message));
  const { way, kind, count } = message;
  echoes = way === "child_process" && kind === "echo";
  if (way === "mailbox" && kind === "echo") {
    for (let i = 0; i < count; i++) await mailbox.send((await mailbox.receive()).message, to, { until: "sent" });
  } else if (way === "mailbox") {
    for (let i = 0; i < count; i++) {
      const sent = mailbox.send(i, to, { until: "sent" });
      if (i % 512 === 511) await sent.then(() => new Promise(setImmediate));
    }
  } else if (kind === "stream") {
    for (let i = 0; i < count; i++) {
      const ready = process.send?.(i);
      if (ready === false || i % 512 === 511) await new Promise(setImmediate);
    }
  }
});
process.send?.("ready");
