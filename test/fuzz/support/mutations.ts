// Changes to messages: what a broken or hostile peer could send in place of a good one. Knows nothing of RPC but words.
import { pick, type Random, randomBytes, randomWord } from "./random.js";

/** Numbers at which code that trusts a length or a count goes wrong. */
const extremes: readonly number[] = [
  0, 1, 2, 3, 4, 16, 17, 199, 201, 255, 256, 400, 401, 1023, 1025, 0xffff, 0x1_0000, 0xff_ffff, 0x100_0000, 0x7fff_fffc,
  0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffc, 0xffff_ffff,
];

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

/** In the order of how often a part of a message is kept. `other` is another good message. */
const mutations: readonly Mutation[] = [
  flipBits,
  changeBytes,
  changeWord,
  changeWord,
  changeWord,
  growWord,
  cutShort,
  (bytes, random) => Buffer.concat([bytes, randomBytes(random, 1 + random(random(8) === 0 ? 4000 : 40))]),
  (bytes, random) => Buffer.concat([bytes, Buffer.alloc(4 * (1 + random(8)))]),
  (bytes, random) => Buffer.concat([bytes.subarray(0, wordAt(bytes, random)), randomBytes(random, random(64))]),
  (bytes, random, other) => Buffer.concat([bytes.subarray(0, wordAt(bytes, random)), tail(other, random)]),
  insertWords,
  removeWords,
  swapWords,
  (bytes) => Buffer.concat([bytes, bytes]),
];

/** A changed copy: one to four changes, or nothing but noise. */
export function mutate(bytes: Buffer, random: Random, other: Buffer): Buffer {
  if (random(40) === 0) return randomBytes(random, random(200));
  let changed = Buffer.from(bytes);
  for (let changes = 1 + random(random(3) === 0 ? 4 : 1); changes > 0; changes--) {
    changed = pick(random, mutations)(changed, random, other) as typeof changed;
  }
  return changed;
}

function flipBits(bytes: Buffer, random: Random): Buffer {
  if (bytes.length === 0) return bytes;
  for (let flips = 1 + random(4); flips > 0; flips--) {
    const at = random(bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random(8)), at);
  }
  return bytes;
}

function changeBytes(bytes: Buffer, random: Random): Buffer {
  if (bytes.length === 0) return bytes;
  for (let changes = 1 + random(4); changes > 0; changes--) {
    bytes.writeUInt8(pick(random, [0, 0x7f, 0x80, 0xff, random(256)]), random(bytes.length));
  }
  return bytes;
}

function changeWord(bytes: Buffer, random: Random): Buffer {
  const at = wordAt(bytes, random);
  if (at + 4 <= bytes.length) bytes.writeUInt32BE(random(6) === 0 ? randomWord(random) : pick(random, extremes), at);
  return bytes;
}

/** One off, as a length would be that is wrong by a little. */
function growWord(bytes: Buffer, random: Random): Buffer {
  const at = wordAt(bytes, random);
  if (at + 4 > bytes.length) return bytes;
  bytes.writeUInt32BE((bytes.readUInt32BE(at) + pick(random, [1, -1, 4, -4])) >>> 0, at);
  return bytes;
}

function cutShort(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(0, random(2) === 0 ? wordAt(bytes, random) : random(bytes.length + 1));
}

function insertWords(bytes: Buffer, random: Random): Buffer {
  const at = wordAt(bytes, random);
  return Buffer.concat([bytes.subarray(0, at), randomBytes(random, 4 * (1 + random(4))), bytes.subarray(at)]);
}

function removeWords(bytes: Buffer, random: Random): Buffer {
  const at = wordAt(bytes, random);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 4 * (1 + random(4)))]);
}

function swapWords(bytes: Buffer, random: Random): Buffer {
  const [a, b] = [wordAt(bytes, random), wordAt(bytes, random)];
  if (Math.max(a, b) + 4 > bytes.length) return bytes;
  const word = bytes.readUInt32BE(a);
  bytes.writeUInt32BE(bytes.readUInt32BE(b), a);
  bytes.writeUInt32BE(word, b);
  return bytes;
}

/** Where a word begins, or the end. */
function wordAt(bytes: Buffer, random: Random): number {
  return Math.min(bytes.length, 4 * random((bytes.length >> 2) + 1));
}

function tail(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(wordAt(bytes, random));
}
