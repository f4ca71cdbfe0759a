// A made-up flavor with all that RPCSEC_GSS will need: a context to prepare, a sequence number for each transmission,
// wrapped arguments and results, calls that the flavor answers itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, RawEnd } from "../rpc/adder.test-support.js";
import { type AuthStat, type BodyWriter, maxAuthBody, type OpaqueAuth } from "../rpc/auth.js";
import type { ClientAuth } from "../rpc/call.js";
import { RpcRejected } from "../rpc/errors.js";
import { noAuth } from "../rpc/header.js";
import { writeAuth } from "../rpc/write-auth.js";
import { type MemoryOptions, memoryPair } from "../transport/memory.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import { Peer, type PeerOptions } from "./peer.js";

const flavor = 300_000;

class Counting implements ClientAuth {
  readonly flavor = flavor;
  sequence = 0;
  prepared = 0;
  failPreparing = 0;
  renewals = 0;

  async prepare(): Promise<void> {
    await Promise.resolve();
    if (this.failPreparing-- > 0) throw new Error("no context");
    this.prepared++;
  }

  seal(out: XdrWriter, start: number, writeArguments: BodyWriter): number {
    const sequence = ++this.sequence;
    assert.equal(out.offset - start, 24);
    const body = new Uint8Array(4).fill(sequence);
    writeAuth(out, { flavor, body });
    writeAuth(out, noAuth);
    const length = out.reserve(4);
    writeArguments(out);
    out.view.setUint32(length, out.offset - length - 4);
    return sequence;
  }

  open(verifier: OpaqueAuth, from: XdrReader, sealed: readonly unknown[]): XdrReader {
    if (!sealed.includes(verifier.body[0])) {
      throw new RpcRejected("RPC_AUTH_ERROR", "wrong verifier", { mayHaveRun: true });
    }
    from.take(4);
    return from;
  }

  async refresh(_why: AuthStat): Promise<boolean> {
    this.renewals++;
    return true;
  }
}

function converse(auth: ClientAuth, options: PeerOptions = {}, memory: MemoryOptions = {}) {
  const [near, far] = memoryPair(memory);
  return { peer: new Peer(near, { auth, ...options }), end: new RawEnd(far) };
}

function reply(xid: string, sequence: number): string {
  const verifier = `000493e0 00000004 ${`0${sequence}`.repeat(4)}`;
  return `${xid} 00000001 00000000 ${verifier} 00000000 00000000 00000003`;
}

test("calls wait until the credential is prepared, once for all", async () => {
  const auth = new Counting();
  const { peer, end } = converse(auth);
  const results = [call(peer, "add", [{ a: 1, b: 2 }]), call(peer, "add", [{ a: 1, b: 2 }])];
  for (let i = 1; i <= 2; i++) {
    const sent = await end.next();
    assert.ok(sent.endsWith("00000008 00000001 00000002"), sent);
    end.send(reply(sent.slice(0, 8), i));
  }
  assert.deepEqual([await Promise.all(results), auth.prepared], [[3, 3], 1]);
});

test("a credential that cannot be prepared fails the call, and the next call tries again", async () => {
  const auth = new Counting();
  auth.failPreparing = 1;
  const { peer, end } = converse(auth);
  await assert.rejects(call(peer, "add", [{ a: 1, b: 2 }]), { mayHaveRun: false });
  assert.equal(peer.waiting, 0);
  const result = call(peer, "add", [{ a: 1, b: 2 }]);
  end.send(reply((await end.next()).slice(0, 8), 1));
  assert.equal(await result, 3);
});

test("each transmission is sealed anew under one xid, and the reply may answer any of them", async () => {
  const auth = new Counting();
  const { peer, end } = converse(auth, { retransmit: { first: 15, jitter: 0 } }, { reliable: false });
  const result = call(peer, "add", [{ a: 1, b: 2 }]);
  const sent = [await end.next(), await end.next(), await end.next()];
  assert.equal(new Set(sent.map((one) => one.slice(0, 8))).size, 1);
  assert.deepEqual(
    sent.map((one) => one.split(" ")[8]),
    ["01010101", "02020202", "03030303"],
  );
  end.send(reply((sent[0] as string).slice(0, 8), 9));
  end.send(reply((sent[0] as string).slice(0, 8), 2));
  assert.equal(await result, 3);
  assert.equal(peer.stats.malformedMessages, 1);
});

test("a wrong verifier fails the call on a reliable connection", async () => {
  const { peer, end } = converse(new Counting());
  const result = call(peer, "add", [{ a: 1, b: 2 }]);
  end.send(reply((await end.next()).slice(0, 8), 9));
  await assert.rejects(result, { code: "RPC_AUTH_ERROR", mayHaveRun: true });
});

test("a denied credential is renewed once, under a new xid, within the deadline", async () => {
  const auth = new Counting();
  const { peer, end } = converse(auth);
  const result = call(peer, "add", [{ a: 1, b: 2 }]);
  const first = (await end.next()).slice(0, 8);
  end.send(`${first} 00000001 00000001 00000001 0000000d`);
  const second = (await end.next()).slice(0, 8);
  assert.notEqual(second, first);
  end.send(`${second} 00000001 00000001 00000001 0000000d`);
  await assert.rejects(result, { code: "RPC_AUTH_ERROR", authStat: 13 });
  assert.deepEqual([auth.renewals, peer.waiting], [1, 0]);
});

test("two calls whose credentials are denied at once are both repeated", async () => {
  const { peer, end } = converse(new Counting());
  const results = [call(peer, "add", [{ a: 1, b: 2 }]), call(peer, "add", [{ a: 1, b: 2 }])];
  const xids = [(await end.next()).slice(0, 8), (await end.next()).slice(0, 8)];
  for (const xid of xids) end.send(`${xid} 00000001 00000001 00000001 00000002`);
  for (const sequence of [3, 4]) {
    const again = (await end.next()).slice(0, 8);
    assert.ok(!xids.includes(again));
    end.send(reply(again, sequence));
  }
  assert.deepEqual(await Promise.all(results), [3, 3]);
});

test("a call may bring a credential of its own", async () => {
  const { peer, end } = converse(new Counting());
  const own = new Counting();
  own.sequence = 4;
  const result = call(peer, "add", [{ a: 1, b: 2 }], { auth: own });
  end.send(reply((await end.next()).slice(0, 8), 5));
  assert.equal(await result, 3);
});

test("a credential longer than 400 bytes is not sent", async () => {
  const auth = new Counting();
  auth.seal = (out) => {
    writeAuth(out, { flavor, body: new Uint8Array(maxAuthBody + 1) });
    return 0;
  };
  const { peer, end } = converse(auth);
  await assert.rejects(call(peer, "add", [{ a: 1, b: 2 }]), { code: "RPC_CANT_ENCODE_ARGS", mayHaveRun: false });
  assert.equal(end.received.length, 0);
});
