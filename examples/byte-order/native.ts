// The alternative to XDR: each machine sends its own representation and names it, and the receiver converts ("receiver makes it
// right"). The first word names it: all four bytes are the same code, so that it reads the same in both byte orders.
import type { letter } from "./letter.gen.js";

export type ByteOrder = "little" | "big";

const codes = { little: 0x00, big: 0x01 } as const;
const nameLength = 4;

/** The message as it is in the sender's memory: the number in the sender's byte order, then four characters. */
export function writeMemory({ number, name }: letter, order: ByteOrder): Uint8Array {
  if (Buffer.byteLength(name) !== nameLength) throw new RangeError(`the name must have ${nameLength} bytes: ${name}`);
  const message = new Uint8Array(4 + nameLength);
  new DataView(message.buffer).setInt32(0, number, order === "little");
  message.set(Buffer.from(name), 4);
  return message;
}

/** Reads memory as a machine of the given byte order does if it knows nothing of the sender. */
export function readMemory(message: Uint8Array, order: ByteOrder): letter {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const name = Buffer.from(message.subarray(4, 4 + nameLength)).toString();
  return { number: view.getInt32(0, order === "little"), name };
}

/** Reverses the bytes of every word: right for numbers, wrong for text. */
export function invertWords(message: Uint8Array): Uint8Array {
  const inverted = Uint8Array.from(message);
  for (let at = 0; at + 4 <= inverted.length; at += 4) inverted.subarray(at, at + 4).reverse();
  return inverted;
}

/** The sender's part: a word that names its representation, then an unchanged copy of its memory. */
export function writeMarked(value: letter, order: ByteOrder): Uint8Array {
  const memory = writeMemory(value, order);
  const message = new Uint8Array(4 + memory.length).fill(codes[order], 0, 4);
  message.set(memory, 4);
  return message;
}

/**
 * The receiver's part: reads the first word, and reverses the bytes of numbers if the orders differ. It knows the types,
 * so it leaves the text alone.
 * @throws RangeError if the message is too short, or its first word names no representation.
 */
export function readMarked(message: Uint8Array, own: ByteOrder): letter {
  if (message.length < 8 + nameLength) throw new RangeError(`${message.length} bytes are too few for a message`);
  const sender = readMark(message);
  const memory = Uint8Array.from(message.subarray(4));
  if (sender !== own) memory.subarray(0, 4).reverse();
  return readMemory(memory, own);
}

function readMark(message: Uint8Array): ByteOrder {
  const mark = message.subarray(0, 4);
  for (const order of ["little", "big"] as const) {
    if (mark.every((byte) => byte === codes[order])) return order;
  }
  throw new RangeError(`the first word ${Buffer.from(mark).toString("hex")} names no representation`);
}
