// Messages as a TCP stream (RFC 5531 section 11), honest or not: marks that lie, fragments in masses or in a wrong order.
import { pick, type Random, randomBytes, randomWord } from "./random.js";

/** An honest record of one fragment. */
export function record(message: Buffer): Buffer {
  return Buffer.concat([mark(message.length, true), message]);
}

function mark(length: number, last: boolean): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(((last ? 0x8000_0000 : 0) | length) >>> 0);
  return header;
}

/** A message as a peer may send it: honest mostly. */
export function anyRecord(message: Buffer, random: Random): Buffer {
  switch (random(40)) {
    case 0:
      return lyingRecord(message, random);
    case 1:
      return fragments(message, random).inWrongOrder();
    case 2:
    case 3:
    case 4:
    case 5:
      return fragments(message, random).join();
    default:
      return record(message);
  }
}

/** A record whose mark announces what does not come, or ends too early, or never. */
export function lyingRecord(message: Buffer, random: Random): Buffer {
  const { length } = message;
  const kind = random(9);
  if (kind === 0) return Buffer.concat([mark(0, false), Buffer.alloc(4 * pick(random, [1, 900, 1023, 1024, 5000]))]);
  if (kind === 1) return Buffer.concat([mark(length, false), message]);
  if (kind === 2) return randomBytes(random, random(64));
  const lies = [
    length + 1,
    length + 4,
    length - 1,
    length >> 1,
    0xff_ffff,
    0x100_0001,
    0x7fff_ffff,
    randomWord(random),
  ];
  return Buffer.concat([mark(Math.max(0, pick(random, lies)) & 0x7fff_ffff, random(4) > 0), message]);
}

function fragments(message: Buffer, random: Random): { join(): Buffer; inWrongOrder(): Buffer } {
  const parts: Buffer[] = [];
  const longest = pick(random, [1, 4, 16, 400]);
  for (let at = 0; at < message.length; ) {
    const next = Math.min(message.length, at + random(longest + 1));
    parts.push(Buffer.concat([mark(next - at, false), message.subarray(at, next)]));
    at = next;
  }
  return {
    join: () => Buffer.concat([...parts, mark(0, true)]),
    inWrongOrder: () => Buffer.concat([mark(0, true), ...parts.reverse()]),
  };
}

/** Takes honest records off a stream, as chunks come. */
export class Records {
  readonly #take: (message: Buffer) => void;
  #held = Buffer.alloc(0);
  #message: Buffer[] = [];

  constructor(take: (message: Buffer) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    while (this.#held.length >= 4) {
      const header = this.#held.readUInt32BE(0);
      const end = 4 + (header & 0x7fff_ffff);
      if (this.#held.length < end) return;
      this.#message.push(this.#held.subarray(4, end));
      this.#held = this.#held.subarray(end);
      if (header >>> 31 === 1) this.#take(Buffer.concat(this.#message.splice(0)));
    }
  }
}
