import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { RecordParser } from "./record-marking.js";
import { UnfinishedRecords, type UnfinishedShare } from "./unfinished.js";

interface Sender {
  readonly share: UnfinishedShare;
  readonly parser: RecordParser;
  readonly codes: string[];
  records: number;
}

function sender(all: UnfinishedRecords, address: string): Sender {
  const share = all.join(address);
  const codes: string[] = [];
  const sink = { record: () => void it.records++, failed: ({ code }: { code: string }) => void codes.push(code) };
  const it: Sender = { share, codes, records: 0, parser: new RecordParser(sink, { unfinished: share }) };
  return it;
}

/** A record's mark, and the first of its bytes. */
function begin(length: number, sent: number): Buffer {
  const bytes = Buffer.alloc(4 + sent);
  bytes.writeUInt32BE(0x8000_0000 + length);
  return bytes;
}

const push = ({ parser }: Sender, bytes: Buffer): number => parser.push(bytes, 0, bytes.length);

test("when all hold too much, the largest record of the address that holds most is cut off", () => {
  const all = new UnfinishedRecords(1_000);
  const [small, large] = [sender(all, "a"), sender(all, "a")];
  const [other, newcomer] = [sender(all, "b"), sender(all, "b")];
  push(small, begin(2_000, 200));
  push(large, begin(2_000, 300));
  push(other, begin(2_000, 400));
  push(newcomer, begin(300, 150));
  assert.deepEqual(
    [small, large, other, newcomer].map(({ codes }) => codes.length),
    [0, 0, 1, 0],
  );
  assert.equal(other.codes[0], "TRANSPORT_OUT_OF_MEMORY");
  assert.equal(all.held, 650);
  push(newcomer, Buffer.alloc(150));
  assert.equal(newcomer.records, 1);
  assert.equal(all.held, 500);
});

test("whatever is sent, what is held is what has come of unfinished records, and never too much", () => {
  const step = fc.record({ who: fc.nat(7), bytes: fc.integer({ min: 1, max: 400 }), end: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const all = new UnfinishedRecords(1_500);
      const senders = Array.from({ length: 8 }, (_, i) => sender(all, String(i % 3)));
      const missing = new Array<number>(8).fill(0);
      for (const { who, bytes, end } of steps) {
        const one = senders[who] as Sender;
        if (one.codes.length > 0) continue;
        if (end === 0) {
          one.parser.abandon();
          one.codes.push("ended");
        } else if (missing[who] === 0) {
          missing[who] = bytes;
          push(one, begin(2 * bytes, bytes));
        } else {
          const count = Math.min(missing[who] as number, bytes);
          missing[who] = (missing[who] as number) - count;
          push(one, Buffer.alloc(count));
        }
        assert.equal(
          all.held,
          senders.reduce((sum, { parser }) => sum + parser.size, 0),
        );
        assert.ok(all.held <= all.most);
      }
      for (const { parser, share } of senders) {
        parser.abandon();
        share.leave();
      }
      assert.equal(all.held, 0);
    }),
  );
});
