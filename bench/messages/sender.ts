// The other process of the benchmark. Sends COUNT messages, or answers each: node sender.js MAILBOX (with an IPC channel)
// ZEROMQ: the file and the URLs of its end of ZeroMQ sockets, as JSON, if that is measured.
import { type Mailbox, openMailbox } from "lupine/messaging";
import { unsignedInt } from "lupine/xdr";

/** A load, as the parent orders it over the IPC channel. */
export interface Order {
  readonly way: "mailbox" | "child_process" | "zeromq";
  readonly kind: "stream" | "echo";
  readonly count: number;
}

/** One end of a pair of ZeroMQ sockets: what bench/peers/zeromq.mjs makes. */
export interface ZeroEnd {
  send(number: number): Promise<void>;
  receive(): Promise<number>;
}

const [to = ""] = process.argv.slice(2);
const mailbox: Mailbox<number> = await openMailbox(`unix:${to.replace(/^unix:/, "")}.sender`, { type: unsignedInt });
const { ZEROMQ: zeromq } = process.env;
const zero = zeromq === undefined ? undefined : await openZero(JSON.parse(zeromq));
let echoes = false;

async function openZero([file, own, other]: readonly [string, string, string]): Promise<ZeroEnd> {
  const { openEnd } = (await import(file)) as { openEnd: (own: string, other: string) => Promise<ZeroEnd> };
  return openEnd(own, other);
}

process.on("message", async (message: Order | number | "end") => {
  if (message === "end") return process.exit();
  if (typeof message === "number") return void (echoes && process.send?.(message));
  const { way, kind, count } = message;
  echoes = way === "child_process" && kind === "echo";
  if (way === "zeromq" && zero !== undefined) {
    for (let i = 0; i < count; i++) await zero.send(kind === "echo" ? await zero.receive() : i);
  } else if (way === "mailbox" && kind === "echo") {
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
