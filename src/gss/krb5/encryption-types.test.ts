import assert from "node:assert/strict";
import { test } from "node:test";
import { CipherTextStealing, wholeBlocks } from "./cipher-text-stealing.js";
import { isKnownType, protectionOf } from "./encryption-types.js";
import { nFold } from "./n-fold.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

test("n-fold gives the values of RFC 3961 appendix A.1", () => {
  const fold = (text: string, bits: number) => hex(nFold(Buffer.from(text), bits / 8));
  assert.equal(fold("012345", 64), "be072631276b1955");
  assert.equal(fold("password", 56), "78a07b6caf85fa");
  assert.equal(fold("Rough Consensus, and Running Code", 64), "bb6ed30870b7f0e0");
  assert.equal(fold("password", 168), "59e4a8ca7c0385c3c37b3f6d2000247cb6e6bd5b3e");
  assert.equal(fold("kerberos", 128), "6b65726265726f737b9b5b2b93132b93");
});

test("cipher text stealing gives the values of RFC 3962 appendix B, and back, in any order and again", () => {
  const cipher = new CipherTextStealing(Buffer.from("chicken teriyaki"));
  const text = "I would like the General Gau's Chicken, please, and wonton soup.";
  const known = [
    [17, "c6353568f2bf8cb4d8a580362da7ff7f97"],
    [31, "fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5"],
    [32, "39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584"],
  ] as const;
  for (const [length, secret] of [...known, ...known.toReversed()]) {
    const plain = Buffer.from(text.slice(0, length));
    assert.equal(hex(cipher.encrypt(Buffer.concat([plain], wholeBlocks(length)), length)), secret);
    assert.equal(hex(cipher.decrypt(Buffer.alloc(40, length))).length, 80, "a message that nobody encrypted");
    assert.equal(hex(cipher.decrypt(bytes(secret))), hex(plain));
  }
});

test("an encrypted message of RFC 8009 appendix A is decrypted", () => {
  const key = { type: 19, bytes: bytes("3705D960 80C17728 A0E800EA B6E0D23C") };
  const secret = bytes("84D7F307 54ED987B AB0BF350 6BEB09CF B55402CE F7E6 877CE99E 247E52D1 6ED4421D FDF8976C");
  assert.deepEqual(protectionOf(key, 2).decrypt(secret), bytes("000102030405"));
  secret[3] = (secret[3] as number) ^ 1;
  assert.equal(protectionOf(key, 2).decrypt(secret), undefined);
});

test("every type decrypts what it has encrypted, of any length, and notices a change of any bit", () => {
  for (const [type, length] of [
    [17, 16],
    [18, 32],
    [19, 16],
    [20, 32],
  ] as const) {
    const key = { type, bytes: Buffer.alloc(length, type) };
    assert.ok(isKnownType(type));
    const protection = protectionOf(key, 24);
    for (const size of [1, 15, 16, 17, 31, 32, 33, 1000]) {
      const plain = Buffer.alloc(size, size);
      const secret = Buffer.from(protection.encrypt(plain.subarray(0, size >> 1), plain.subarray(size >> 1)));
      assert.equal(secret.length, size + protection.overhead);
      assert.deepEqual(Buffer.from(protection.decrypt(secret) as Uint8Array), plain);
    }
    const secret = Buffer.from(protection.encrypt(Buffer.from("changed")));
    for (let bit = 0; bit < secret.length * 8; bit++) {
      const other = Buffer.from(secret);
      other[bit >> 3] = (other[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.equal(protection.decrypt(other), undefined);
    }
  }
});

test("other types are not known", () => {
  assert.deepEqual([16, 23, 25, undefined].map(isKnownType), [false, false, false, false]);
});

test("a message that is too short to be encrypted is refused", () => {
  const protection = protectionOf({ type: 18, bytes: Buffer.alloc(32) }, 24);
  for (let length = 0; length < 30; length++) assert.equal(protection.decrypt(Buffer.alloc(length)), undefined);
});
