// The thread of partner-thread.test.ts.
import { openPartnerPort } from "./partner-port.js";

/** What the thread is asked for. */
export type PartnerOrder =
  | { readonly send: readonly number[] }
  /** A message of one byte after this many milliseconds. */
  | { readonly sendAfter: number }
  | { readonly end: true };

const port = await openPartnerPort();
let sent = 0;

/** A message of this many bytes: in a frame if it is short, else posted. All bytes are the low byte of its number. */
function send(size: number): void {
  const number = sent++;
  const bytes = new Uint8Array(size).fill(number & 255);
  if (!port.postBytes(number, bytes, 0, size)) port.post({ number, bytes });
}

port.obey((order: PartnerOrder) => {
  if ("end" in order) process.exit();
  if ("sendAfter" in order) setTimeout(() => send(1), order.sendAfter).unref();
  else for (const size of order.send) send(size);
});
