import assert from "node:assert/strict";
import { test } from "node:test";
import { countOf } from "../testing/count-of.test-support.js";
import fc from "../testing/fast-check.test-support.js";
import type { TransportError } from "./errors.js";
import { defaultRecordLimits, type RecordLimits, RecordParser } from "./record-marking.js";

interface Parsed {
  readonly records: Buffer[];
  readonly owned: boolean[];
  readonly buffers: number[];
  readonly errors: TransportError[];
  readonly parser: RecordParser;
}

function parse(limits: Partial<RecordLimits> = {}): Parsed {
  const records: Buffer[] = [];
  const owned: boolean[] = [];
  const buffers: number[] = [];
  const errors: TransportError[] = [];
  const record = (bytes: Uint8Array, start: number, end: number, own: boolean): void => {
    records.push(Buffer.from(bytes.slice(start, end)));
    owned.push(own);
    buffers.push(bytes.length);
  };
  const parser = new RecordParser({ record, failed: (error) => errors.push(error) }, limits);
  return { records, owned, buffers, errors, parser };
}

function mark(length: number, last: boolean): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE((length | (last ? 0x8000_0000 : 0)) >>> 0);
  return header;
}

const fragment = (bytes: Uint8Array, last: boolean): Buffer => Buffer.concat([mark(bytes.length, last), bytes]);

function feed(parser: RecordParser, bytes: Buffer, chunkSize = bytes.length): void {
  for (let at = 0; at < bytes.length; at += chunkSize) {
    const chunk = Buffer.from(bytes.subarray(at, at + chunkSize));
    parser.push(chunk, 0, chunk.length);
    chunk.fill(0xee);
  }
}

test("ten records in one chunk are all handed over, lent in place", () => {
  const { records, owned, parser } = parse();
  const wanted = Array.from({ length: 10 }, (_, i) => Buffer.alloc(i * 4, i));
  feed(parser, Buffer.concat(wanted.map((bytes) => fragment(bytes, true))));
  assert.deepEqual(records, wanted);
  assert.deepEqual(owned.slice(1), Array(9).fill(false));
  assert.equal(parser.midRecord, false);
});

test("a record that comes a byte at a time is reassembled in a buffer of its own, of its exact size", () => {
  const { records, owned, buffers, parser } = parse();
  const body = Buffer.from("a record, a byte at a time");
  feed(parser, fragment(body, true), 1);
  assert.deepEqual(records, [body]);
  assert.deepEqual(owned, [true]);
  assert.deepEqual(buffers, [body.length]);
});

test("empty fragments are legal first, in the middle and last", () => {
  const nothing = Buffer.alloc(0);
  const [a, b] = [Buffer.from("abcd"), Buffer.from("efgh")];
  const bytes = Buffer.concat([
    ...[fragment(nothing, false), fragment(a, false), fragment(nothing, false)],
    ...[fragment(b, false), fragment(nothing, true), fragment(nothing, true), fragment(a, true)],
  ]);
  for (const chunkSize of [1, 3, 7, bytes.length]) {
    const { records, parser } = parse();
    feed(parser, bytes, chunkSize);
    assert.deepEqual(records, [Buffer.from("abcdefgh"), nothing, a], `chunks of ${chunkSize}`);
  }
});

test("a record is taken however it is cut: fragments of 4 bytes and more have no count", () => {
  for (const size of [4, 60, 256, 4000]) {
    const { records, errors, parser } = parse();
    const body = Buffer.alloc(countOf(1_000_000, 100_000), 7);
    const pieces = [];
    for (let at = 0; at < body.length; at += size) {
      pieces.push(fragment(body.subarray(at, at + size), at + size >= body.length));
    }
    feed(parser, Buffer.concat(pieces));
    assert.deepEqual(errors, []);
    assert.ok(records[0]?.equals(body), `fragments of ${size} bytes`);
  }
});

test("smaller fragments are counted: so many beyond one for every 4 bytes, empty ones too, record by record", () => {
  const { fragments } = defaultRecordLimits;
  const empty = (count: number): Buffer => Buffer.alloc(4 * count);
  const good = parse();
  for (let i = 0; i < 3; i++) feed(good.parser, Buffer.concat([empty(fragments - 1), mark(0, true)]));
  feed(good.parser, Buffer.concat([fragment(Buffer.alloc(400), false), empty(fragments + 98), mark(0, true)]));
  assert.deepEqual(
    good.records.map((record) => record.length),
    [0, 0, 0, 400],
  );
  const bad = parse();
  feed(bad.parser, Buffer.concat([empty(fragments), mark(0, true)]));
  assert.equal(bad.errors[0]?.code, "TRANSPORT_TOO_MANY_FRAGMENTS");
  assert.match(bad.errors[0]?.message ?? "", /65537 fragments in its first 0 bytes/);
  assert.equal(bad.records.length, 0);
});

test("a protocol that is not RPC is named by what it sends first, at both ends", () => {
  for (const [sent, told] of [
    ["HTTP/1.1 400 Bad Request", 'the peer sent "HTTP": is that an RPC server?'],
    ["GET / HTTP/1.1", 'the peer sent "GET", which is HTTP: is that an RPC server?'],
    ["PROXY TCP4 10.0.0.1", 'the peer sent "PROX", which is the PROXY protocol: is that an RPC server?'],
    ["\r\n\r\n\0\r\nQUIT\n", 'the peer sent "\\r\\n\\r\\n", which is the PROXY protocol: is that an RPC server?'],
    ["PRI * HTTP/2.0", 'the peer sent "PRI", which is HTTP: is that an RPC server?'],
    ["SSH-2.0-OpenSSH_9", 'the peer sent "SSH-": is that an RPC server?'],
    ["220 mail ESMTP", 'the peer sent "220", which is SMTP or FTP: is that an RPC server?'],
    ["\x16\x03\x01\x00\xc8", "the peer sent TLS: is that an RPC server?"],
    ["\x15\x03\x03\x00\x02", "the peer sent TLS: is that an RPC server?"],
    ["* OK IMAP4", 'the peer sent "* OK": is that an RPC server?'],
  ] as const) {
    for (const chunkSize of [1, 3, 100]) {
      const { errors, parser } = parse();
      feed(parser, Buffer.from(sent, "latin1"), chunkSize);
      assert.deepEqual(
        errors.map(({ code, message }) => [code, message]),
        [["TRANSPORT_FOREIGN_PROTOCOL", told]],
      );
    }
  }
});

test("a long record is not taken for another protocol", () => {
  for (const header of ["\x7f\xff\xff\xff", "\x20\x00\x00\x01"]) {
    const { errors, parser } = parse();
    feed(parser, Buffer.from(header, "latin1"));
    assert.equal(errors[0]?.code, "TRANSPORT_MESSAGE_TOO_LONG");
  }
});

test("a record over the limit is refused at its header, whether one fragment or many", () => {
  const limits = { record: 100 };
  const whole = parse(limits);
  feed(whole.parser, fragment(Buffer.alloc(100), true));
  assert.equal(whole.records.length, 1);
  feed(whole.parser, mark(101, true));
  assert.equal(whole.errors[0]?.code, "TRANSPORT_MESSAGE_TOO_LONG");
  const many = parse(limits);
  feed(many.parser, Buffer.concat([fragment(Buffer.alloc(60), false), mark(41, true)]));
  assert.equal(many.errors[0]?.code, "TRANSPORT_MESSAGE_TOO_LONG");
  assert.match(many.errors[0]?.message ?? "", /41 bytes after 60 bytes passes the limit of 100/);
});

test("nothing more is parsed after a refusal", () => {
  const { records, errors, parser } = parse({ record: 8 });
  feed(parser, Buffer.concat([mark(9, true), fragment(Buffer.alloc(4), true)]));
  feed(parser, fragment(Buffer.alloc(4), true));
  assert.equal(records.length, 0);
  assert.equal(errors.length, 1);
});

test("a long announced record takes memory only as its bytes come", () => {
  const { parser } = parse();
  const before = process.memoryUsage().arrayBuffers;
  const parsers = Array.from({ length: 50 }, () => {
    const { parser: each } = parse();
    feed(each, mark(16 * 1024 * 1024, true));
    return each;
  });
  assert.ok(process.memoryUsage().arrayBuffers - before < 1024 * 1024, "50 announced records took memory");
  feed(parser, Buffer.concat([mark(16 * 1024 * 1024, true), Buffer.alloc(4)]));
  const taken = process.memoryUsage().arrayBuffers - before;
  assert.ok(taken < 1024 * 1024, `4 bytes of an announced 16 MiB took ${taken} bytes`);
  assert.ok(parsers.every((each) => each.midRecord));
});

test("a long record can be read straight into its buffer, also while that grows", () => {
  const { records, owned, parser } = parse();
  const body = Buffer.alloc(3 * 1024 * 1024 + 8, "straight");
  const bytes = fragment(body, true);
  feed(parser, bytes.subarray(0, 65_536));
  let at = 65_536;
  let direct = 0;
  while (at < bytes.length) {
    const space = parser.space();
    const count = Math.min(space?.length ?? 65_536, 100_000, bytes.length - at);
    if (space === undefined) feed(parser, bytes.subarray(at, at + count));
    else {
      bytes.copy(space, 0, at, at + count);
      parser.filled(count);
      direct += count;
    }
    at += count;
  }
  assert.ok(direct > body.length - 200_000, `${direct} bytes were read directly`);
  assert.equal(records.length, 1);
  assert.ok(records[0]?.equals(body));
  assert.deepEqual(owned, [true]);
});

test("of a record a little longer than 1 MiB an eighth is copied, of longer ones never more than three quarters", (context) => {
  const MiB = 1024 * 1024;
  const allocated = context.mock.method(Buffer, "allocUnsafeSlow");
  const shares = [
    [1.05, 0.125],
    [1.5, 0.125],
    [3, 0.75],
    [4, 0.6],
    [16, 0.15],
  ] as const;
  for (const [size, share] of shares) {
    const length = Math.floor(size * MiB);
    allocated.mock.resetCalls();
    const { records, parser } = parse();
    const bytes = fragment(Buffer.alloc(length, "long"), true);
    for (let at = 0; at < bytes.length; at += 65_536) feed(parser, bytes.subarray(at, at + 65_536));
    assert.equal(records[0]?.length, length);
    const sizes = allocated.mock.calls.map((call) => call.arguments[0]).slice(0, -1);
    const copied = sizes.reduce((sum, each) => sum + each, 0);
    assert.ok(copied <= share * length, `${copied} of ${length} bytes were copied once more`);
  }
});

test("a short record is not read directly: the next ones may come with it", () => {
  const { parser } = parse();
  feed(parser, Buffer.concat([mark(1000, true), Buffer.alloc(10)]));
  assert.equal(parser.space(), undefined);
});

test("a receiver that stops the parser gets nothing more, and the rest is told", () => {
  const records: number[] = [];
  const record = (bytes: Uint8Array, start: number): void => {
    records.push(bytes[start] as number);
    parser.stopped = records.length === 2;
  };
  const parser: RecordParser = new RecordParser({ record, failed: assert.fail });
  const chunk = Buffer.concat([1, 2, 3].map((byte) => fragment(Buffer.alloc(4, byte), true)));
  const stop = parser.push(chunk, 0, chunk.length);
  assert.deepEqual([records, stop], [[1, 2], 16]);
  parser.stopped = false;
  assert.equal(parser.push(chunk, stop, chunk.length), 24);
  assert.deepEqual(records, [1, 2, 3]);
});

test("any records in any fragments in any chunks come out the same", () => {
  const record = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 6 });
  const records = fc.array(record, { minLength: 1, maxLength: 8 });
  const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(records, sizes, (fragmented, chunkSizes) => {
      const parsed = parse();
      const stream = Buffer.concat(
        fragmented.flatMap((pieces) => pieces.map((piece, i) => fragment(piece, i === pieces.length - 1))),
      );
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = chunkSizes[i % chunkSizes.length] as number;
        feed(parsed.parser, stream.subarray(at, at + size));
        at += size;
      }
      assert.deepEqual(
        parsed.records,
        fragmented.map((pieces) => Buffer.concat(pieces)),
      );
      assert.equal(parsed.parser.midRecord, false);
    }),
    { numRuns: 300 },
  );
});

test("any bytes at all end in records, one error, or an unfinished record", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (chunks) => {
      const { errors, parser } = parse({ record: 64, fragments: 4 });
      for (const chunk of chunks) feed(parser, Buffer.from(chunk));
      assert.ok(errors.length <= 1);
    }),
    { numRuns: 300 },
  );
});
