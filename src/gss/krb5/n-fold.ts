// N-fold (RFC 3961 section 5.1): stretches or shrinks bytes to another length, so that each input bit has the same weight.

/** The n-fold of `bytes`, `size` bytes long. */
export function nFold(bytes: Uint8Array, size: number): Uint8Array {
  const bits = bytes.length * 8;
  const copies = size / commonDivisor(bytes.length, size);
  const input = toInteger(bytes);
  // Copies of the input, each rotated 13 bits further to the right than the one before.
  let long = 0n;
  for (let copy = 0; copy < copies; copy++) {
    long = (long << BigInt(bits)) | rotatedRight(input, (copy * 13) % bits, bits);
  }
  return toBytes(onesComplementSum(long, size * 8), size);
}

/** Adds the pieces of `bits` bits. A carry out of the top is added at the bottom. */
function onesComplementSum(long: bigint, bits: number): bigint {
  const width = BigInt(bits);
  const mask = (1n << width) - 1n;
  let sum = 0n;
  for (let rest = long; rest > 0n; rest >>= width) sum += rest & mask;
  while (sum > mask) sum = (sum & mask) + (sum >> width);
  return sum;
}

function rotatedRight(value: bigint, by: number, bits: number): bigint {
  const mask = (1n << BigInt(bits)) - 1n;
  return (value >> BigInt(by)) | ((value << BigInt(bits - by)) & mask);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

function toBytes(value: bigint, size: number): Uint8Array {
  return Buffer.from(value.toString(16).padStart(size * 2, "0"), "hex");
}
