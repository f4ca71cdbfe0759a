// The messages of RFC 5531 that rpc/header.ts, rpc/served-header.ts and rpc/refusal.ts read and write by hand are those that the RFC's own
// description, compiled by us, reads and writes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "lupine/xdr";
import type { AuthStat } from "../../src/rpc/auth.js";
import type * as headers from "../../src/rpc/header.js";
import type * as refusals from "../../src/rpc/refusal.js";
import type * as servedHeaders from "../../src/rpc/served-header.js";
import type * as auths from "../../src/rpc/write-auth.js";
import type * as readers from "../../src/xdr/reader.js";
import type * as writers from "../../src/xdr/writer.js";
import fc from "../support/fast-check.js";
import { auth_stat, rpc_msg } from "./message.gen.js";

const load = async (path: string): Promise<unknown> => import(new URL(`../../../dist/${path}`, import.meta.url).href);
const { XdrReader } = (await load("xdr/reader.js")) as typeof readers;
const { XdrWriter } = (await load("xdr/writer.js")) as typeof writers;
const { writeDenial, writeRefusal } = (await load("rpc/refusal.js")) as typeof refusals;
const { emptyReplyMessage, readReplyHeader, viewAuth, writeAuthWords, writeCallHeader, writePlainReplyHeader } =
  (await load("rpc/header.js")) as typeof headers;
const { encodeAuthWords, writeAuth } = (await load("rpc/write-auth.js")) as typeof auths;
const { emptyCallMessage, readCallHeader, writeAcceptedHeader } = (await load(
  "rpc/served-header.js",
)) as typeof servedHeaders;

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const auth = fc.record({ flavor: word, body: fc.uint8Array({ maxLength: 400 }) }, { noNullPrototype: true });
const callBody = fc.record({ prog: word, vers: word, proc: word, cred: auth, verf: auth }, { noNullPrototype: true });

function written(write: (out: writers.XdrWriter) => void): Uint8Array {
  const out = new XdrWriter();
  write(out);
  return out.toBytes();
}

/** Every refusal, and success, with what message.x makes of it. */
const outcomes: (readonly [refusals.Refusal | undefined, object])[] = [
  [undefined, { stat: 0 }],
  [{ kind: "program-unavailable" }, { stat: 1 }],
  [
    { kind: "program-mismatch", low: 3, high: 0xffff_ffff },
    { stat: 2, versions: { low: 3, high: 0xffff_ffff } },
  ],
  [{ kind: "procedure-unavailable" }, { stat: 3 }],
  [{ kind: "garbage-arguments" }, { stat: 4 }],
  [{ kind: "system-error" }, { stat: 5 }],
];

test("calls by hand are the bytes of message.x, and read back as they were", () => {
  fc.assert(
    fc.property(word, callBody, (xid, { prog, vers, proc, cred, verf }) => {
      const bytes = written((out) => {
        writeCallHeader(out, xid, prog, vers, proc);
        writeAuthWords(out, encodeAuthWords(cred, verf));
      });
      const message = { xid, body: { mtype: 0, call: { rpcvers: 2, prog, vers, proc, cred, verf } } } as const;
      assert.deepEqual(bytes, encode(rpc_msg, message));
      const from = new XdrReader(bytes);
      const into = emptyCallMessage();
      assert.equal(readCallHeader(from, into), "ok");
      assert.deepEqual([into.xid, into.program, into.version, into.procedure, from.left], [xid, prog, vers, proc, 0]);
      assert.deepEqual(viewAuth(from, into.credential), cred);
      assert.deepEqual(viewAuth(from, into.verifier), verf);
    }),
    { numRuns: 300 },
  );
});

test("a call that is cut off anywhere is short, and never throws", () => {
  const cred = { flavor: 1, body: new Uint8Array(5) };
  const bytes = written((out) => {
    writeCallHeader(out, 1, 2, 3, 4);
    writeAuth(out, cred);
    writeAuth(out, cred);
  });
  for (let end = 0; end < bytes.length; end++) {
    assert.equal(readCallHeader(new XdrReader(bytes.subarray(0, end)), emptyCallMessage()), "short");
  }
});

test("accepted replies by hand are the bytes of message.x, and read back as they were", () => {
  fc.assert(
    fc.property(word, auth, fc.constantFrom(...outcomes), (xid, verf, [refusal, data]) => {
      const bytes = written((out) => {
        writeAcceptedHeader(out, xid);
        writeAuth(out, verf);
        if (refusal === undefined) out.writeWord(0);
        else writeRefusal(out, refusal);
      });
      const message = { xid, body: { mtype: 1, reply: { stat: 0, accepted: { verf, data } } } };
      assert.deepEqual(bytes, encode(rpc_msg, message as never));
      const from = new XdrReader(bytes);
      const into = emptyReplyMessage();
      assert.ok(readReplyHeader(from, into));
      assert.deepEqual([into.xid, into.accepted, viewAuth(from, into.verifier)], [xid, true, verf]);
    }),
    { numRuns: 300 },
  );
});

test("the reply with an empty verifier is the bytes of message.x", () => {
  const bytes = written((out) => writePlainReplyHeader(out, 7, 0));
  const accepted = { verf: { flavor: 0, body: new Uint8Array(0) }, data: { stat: 0 } } as const;
  assert.deepEqual(bytes, encode(rpc_msg, { xid: 7, body: { mtype: 1, reply: { stat: 0, accepted } } }));
});

test("denials by hand are the bytes of message.x, and read back as they were", () => {
  const denials: (readonly [refusals.Denial, object])[] = [
    [{ kind: "rpc-mismatch" }, { stat: 0, versions: { low: 2, high: 2 } }],
    ...Object.values(auth_stat).map(
      (why) =>
        [
          { kind: "auth-error", why: why as AuthStat },
          { stat: 1, why },
        ] as const,
    ),
  ];
  for (const [denial, rejected] of denials) {
    const bytes = written((out) => writeDenial(out, 9, denial));
    const message = { xid: 9, body: { mtype: 1, reply: { stat: 1, rejected } } };
    assert.deepEqual(bytes, encode(rpc_msg, message as never));
    const into = emptyReplyMessage();
    assert.ok(readReplyHeader(new XdrReader(bytes), into));
    assert.equal(into.accepted, false);
    if (denial.kind === "auth-error") assert.equal(into.authStat, denial.why);
    else assert.deepEqual([into.low, into.high], [2, 2]);
  }
});

test("whatever the bytes, both readers agree on what is a reply", () => {
  const replies = fc.array(fc.constantFrom(0, 1, 2, 3, 5, 8, 400, 404), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(replies, (body) => {
      const bytes = written((out) => {
        for (const one of [1, 1, ...body]) out.writeWord(one);
      });
      const into = emptyReplyMessage();
      const byHand = readReplyHeader(new XdrReader(bytes), into);
      const compiled = attempt(() => decode(rpc_msg, bytes, { lenient: () => undefined }));
      if (compiled !== undefined) assert.ok(byHand);
    }),
    { numRuns: 500 },
  );
});

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
