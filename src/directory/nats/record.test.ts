import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../../testing/fast-check.test-support.js";
import { decodeRecord, encodeRecord, longestRecord } from "./record.js";

const entry = {
  id: "one",
  versions: [{ program: 100_003, version: 3 }],
  addresses: ["tcp://10.0.0.7:2049", "10.0.0.7", "udp://[::1]:1"],
  priority: 1,
  weight: 2,
};

test("a record comes back as it was", () => {
  assert.deepEqual(decodeRecord("one", encodeRecord({ entry, lease: 3_000 })), { entry, lease: 3_000 });
  const plain = { id: "x", versions: [], addresses: ["10.0.0.7"] };
  assert.deepEqual(decodeRecord("x", encodeRecord({ entry: plain, lease: 500 }))?.entry, {
    ...plain,
    priority: 0,
    weight: 1,
  });
});

test("the greatest entry fits", () => {
  const versions = Array.from({ length: 256 }, () => ({ program: 0xffff_ffff, version: 0xffff_ffff }));
  const addresses = Array.from({ length: 64 }, () => `tcp://${`${"l".repeat(62)}.`.repeat(4)}:65535`);
  const bytes = encodeRecord({ entry: { ...entry, versions, addresses }, lease: 3_600_000 });
  assert.ok(bytes.length <= longestRecord, `${bytes.length}`);
  assert.equal(decodeRecord("i".repeat(64), bytes)?.entry.addresses.length, 64);
});

test("a record that breaks a limit is none", () => {
  const good = JSON.parse(Buffer.from(encodeRecord({ entry, lease: 3_000 })).toString());
  const decode = (change: object, id = "one") => decodeRecord(id, Buffer.from(JSON.stringify({ ...good, ...change })));
  assert.notEqual(decode({}), undefined);
  for (const change of [
    { form: 2 },
    { lease: 499 },
    { lease: 3_600_001 },
    { lease: "3000" },
    { versions: "x" },
    { versions: [[1, 2, 3]] },
    { versions: [[1, -1]] },
    { versions: [[1, 0.5]] },
    { versions: new Array(257).fill([1, 1]) },
    { addresses: [] },
    { addresses: new Array(65).fill("10.0.0.7") },
    { addresses: ["memory:x"] },
    { addresses: ["tcp://x:99999"] },
    { addresses: ["a".repeat(513)] },
    { addresses: [{ length: 3 }] },
    { priority: 65_536 },
    { weight: 0 },
    { weight: null },
  ]) {
    assert.equal(decode(change), undefined, JSON.stringify(change).slice(0, 80));
  }
  assert.equal(decode({}, ""), undefined);
  assert.equal(decode({}, "i".repeat(65)), undefined);
  assert.equal(decode({ more: "x".repeat(longestRecord) }), undefined);
});

test("whatever the bytes are, reading them does not throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeRecord("x", bytes)));
  fc.assert(fc.property(fc.json(), (text) => void decodeRecord("x", Buffer.from(text))));
  const odd = fc.record({
    form: fc.constant(1),
    lease: fc.anything(),
    versions: fc.anything(),
    addresses: fc.anything(),
  });
  fc.assert(
    fc.property(odd, (value) => {
      let text: string | undefined;
      try {
        text = JSON.stringify(value);
      } catch {
        return; // It has a bigint, say.
      }
      decodeRecord("x", Buffer.from(text));
    }),
  );
});
