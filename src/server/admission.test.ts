import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptNone } from "../auth/accept-none.js";
import { adder, adding, RawEnd } from "../rpc/adder.test-support.js";
import { type Admission, AuthStat, type ServerAuth } from "../rpc/auth.js";
import { writeAuth } from "../rpc/write-auth.js";
import { turns } from "../testing/waiting.test-support.js";
import { memoryPair } from "../transport/memory.js";
import { Server } from "./server.js";

const identity = { flavor: 300_000 };
const verifier = { flavor: 300_000, body: Uint8Array.of(1, 2, 3, 4) };

function serve(admit: ServerAuth["admit"], errors: unknown[] = []): RawEnd {
  const server = new Server({ auth: [{ flavor: 300_000, admit }], onError: (error) => errors.push(error) });
  server.implement(adder, adding());
  const [near, far] = memoryPair();
  server.accept(far);
  return new RawEnd(near);
}

const credential = "000493e0 00000002 aabb0000";
const callAdd = `00000007 00000000 00000002 23451111 00000001 00000001 ${credential} 00000000 00000000 00000001 00000002`;

/** Lets the caller in, with a seal around each outcome. */
const sealed: Admission = {
  kind: "admitted",
  identity,
  seal(out, writeOutcome) {
    writeAuth(out, verifier);
    writeOutcome(out);
  },
};

test("results and refusals alike are sealed", async () => {
  const end = serve(() => sealed);
  end.send(callAdd);
  assert.equal(await end.next(), "00000007 00000001 00000000 000493e0 00000004 01020304 00000000 00000003");
  end.send(callAdd.replace("23451111", "23451112"));
  assert.equal(await end.next(), "00000007 00000001 00000000 000493e0 00000004 01020304 00000001");
  end.send(`${callAdd} 00000000`);
  assert.equal(await end.next(), "00000007 00000001 00000000 000493e0 00000004 01020304 00000004");
});

test("a flavor sees the header, the credential, the verifier and the bytes that were signed", async () => {
  const seen: unknown[] = [];
  const end = serve((header, cred, verf, from, signed) => {
    const { xid, program, version, procedure } = header;
    seen.push([xid, program, version, procedure], [...cred.body], verf.flavor, signed.end - signed.start, from.left);
    return { kind: "admitted", identity };
  });
  end.send(callAdd);
  await end.next();
  assert.deepEqual(seen, [[7, 0x23451111, 1, 1], [0xaa, 0xbb], 0, 36, 8]);
});

test("a flavor may take its time, though the bytes were lent", async () => {
  const end = serve(async () => {
    await turns();
    return sealed;
  });
  end.send(callAdd);
  end.send(callAdd.replace("00000007", "00000008").replace(/2$/, "3"));
  assert.equal(await end.next(), "00000007 00000001 00000000 000493e0 00000004 01020304 00000000 00000003");
  assert.equal(await end.next(), "00000008 00000001 00000000 000493e0 00000004 01020304 00000000 00000004");
});

test("calls that wait for their flavor are not taken for each other, even without a credential", async () => {
  const admit = async (): Promise<Admission> => ({ kind: "admitted", identity });
  const server = new Server({ auth: [{ flavor: 0, admit }] }).implement(adder, adding());
  const [near, far] = memoryPair();
  server.accept(far);
  const end = new RawEnd(near);
  const noCredential = callAdd.replace(credential, "00000000 00000000");
  end.send(noCredential);
  end.send(noCredential.replace("00000007", "00000008").replace("23451111", "23451112"));
  const replies = [await end.next(), await end.next()].sort();
  assert.deepEqual(replies, [
    "00000007 00000001 00000000 00000000 00000000 00000000 00000003",
    "00000008 00000001 00000000 00000000 00000000 00000001",
  ]);
});

test("a flavor may answer a call itself, deny it or drop it", async () => {
  const admissions: Admission[] = [
    { kind: "answered", verifier, writeResult: (out) => out.writeWord(9) },
    { kind: "denied", why: AuthStat.RPCSEC_GSS_CTXPROBLEM },
    { kind: "dropped" },
  ];
  for (const answer of [(one: Admission) => one, async (one: Admission) => one]) {
    const left = [...admissions];
    const end = serve(() => answer(left.shift() ?? sealed));
    for (let i = 0; i < 4; i++) end.send(callAdd);
    const replies = [await end.next(), await end.next(), await end.next()].sort();
    assert.deepEqual(replies, [
      "00000007 00000001 00000000 000493e0 00000004 01020304 00000000 00000003",
      "00000007 00000001 00000000 000493e0 00000004 01020304 00000000 00000009",
      "00000007 00000001 00000001 00000001 0000000e",
    ]);
  }
});

test("a flavor that throws or rejects leaves no caller waiting", async () => {
  const errors: unknown[] = [];
  const throwing = serve(() => {
    throw new Error("thrown");
  }, errors);
  throwing.send(callAdd);
  assert.equal(await throwing.next(), "00000007 00000001 00000000 00000000 00000000 00000005");
  const rejecting = serve(() => Promise.reject(new Error("rejected")), errors);
  rejecting.send(callAdd);
  assert.equal(await rejecting.next(), "00000007 00000001 00000001 00000001 00000007");
  assert.deepEqual(errors.map(String), ["Error: thrown", "Error: rejected"]);
});

test("a flavor that decides the same about every call is not asked", async () => {
  let asked = 0;
  const admit = (): Admission => {
    asked++;
    return { kind: "dropped" };
  };
  for (const [always, answer] of [
    [sealed, "00000007 00000001 00000000 000493e0 00000004 01020304 00000000 00000003"],
    [{ kind: "denied", why: AuthStat.TOOWEAK }, "00000007 00000001 00000001 00000001 00000005"],
  ] as const) {
    const auth = { flavor: 300_000, admit: Object.assign(admit.bind(undefined), { always }) };
    const server = new Server({ auth: [auth] }).implement(adder, adding());
    const [near, far] = memoryPair();
    server.accept(far);
    const end = new RawEnd(near);
    end.send(callAdd);
    assert.equal(await end.next(), answer);
  }
  assert.equal(asked, 0);
});

test("a flavor made of AUTH_NONE with an admit of its own is asked", async () => {
  const deny: ServerAuth["admit"] = () => ({ kind: "denied", why: AuthStat.TOOWEAK });
  const server = new Server({ auth: [{ ...acceptNone(), admit: deny }] }).implement(adder, adding());
  const [near, far] = memoryPair();
  server.accept(far);
  const end = new RawEnd(near);
  end.send(callAdd.replace(credential, "00000000 00000000"));
  assert.equal(await end.next(), "00000007 00000001 00000001 00000001 00000005");
});
