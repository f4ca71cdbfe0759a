// What somebody on the way can do who writes answers: under RPCSEC_GSS only a result is proved (RFC 2203 section 5.3.3).
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Peer } from "../peer/peer.js";
import { adder, adding, call, type Pair, RawEnd } from "../rpc/adder.test-support.js";
import { AuthStat } from "../rpc/auth.js";
import type { IncomingCall } from "../rpc/call.js";
import { AcceptStat, leavingStat } from "../rpc/header.js";
import { Server } from "../server/server.js";
import { turns } from "../testing/waiting.test-support.js";
import { type MemoryOptions, memoryPair } from "../transport/memory.js";
import { encode } from "../xdr/index.js";
import { XdrReader } from "../xdr/reader.js";
import { type AuthGssOptions, authGss } from "./client.js";
import { gss_init_result } from "./gss.gen.js";
import { type Intercepted, interceptedConnection } from "./intercepted.test-support.js";
import { RecentCalls } from "./recent-calls.js";
import { acceptGss } from "./server.js";
import { sharedKey } from "./shared-key.test-support.js";

const { RPCSEC_GSS_CREDPROBLEM: credProblem, RPCSEC_GSS_CTXPROBLEM: ctxProblem } = AuthStat;
const accepted = acceptGss({ mechanism: sharedKey() });
const secured = (options: Partial<AuthGssOptions> = {}) =>
  authGss({ service: "add@host", mechanism: sharedKey(), ...options });

interface Scene {
  readonly peer: Peer;
  readonly between: Intercepted;
  /** How often the procedure ran. */
  ran: number;
  add(options?: object): Promise<unknown>;
}

const peers: Peer[] = [];
after(() => {
  for (const peer of peers) peer.destroy();
});

/** A client with a context, somebody on the way, and a server. */
async function scene(protection: AuthGssOptions["protection"] = "privacy", memory: MemoryOptions = {}): Promise<Scene> {
  const server = new Server({ auth: [accepted], onError: () => undefined });
  const between = interceptedConnection(server, memory);
  const peer = new Peer(between.near, { auth: secured({ protection }) });
  peers.push(peer);
  const made: Scene = { peer, between, ran: 0, add: (options = {}) => call(peer, "add", [{ a: 1, b: 2 }], options) };
  const add = ({ a, b }: Pair): number => {
    made.ran++;
    return a + b;
  };
  server.implement(adder, adding({ add }));
  assert.equal(await made.add(), 3);
  made.ran = 0;
  return made;
}

function words(...values: number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, at * 4);
  return Uint8Array.from(bytes);
}

const xidOf = (message: Uint8Array): number => new DataView(message.buffer, message.byteOffset).getUint32(0);
const denial = (message: Uint8Array, why: number): Uint8Array => words(xidOf(message), 1, 1, 1, why);

/** The next reply is replaced, those behind it are not. */
function replaceNext(between: Intercepted, by: (message: Uint8Array) => Uint8Array[]): void {
  between.replace = (message) => {
    between.replace = (next) => [next];
    return by(message);
  };
}

for (const why of [0, 1, 2, 3, 4, 5]) {
  test(`a denial with the status ${why} is not believed: the call is not repeated, and may have run`, async () => {
    const at = await scene();
    replaceNext(at.between, (reply) => [denial(reply, why)]);
    await assert.rejects(at.add(), { code: "RPC_AUTH_ERROR", authStat: why, mayHaveRun: true });
    assert.equal(at.ran, 1);
    assert.equal(await at.add(), 3);
  });
}

for (const why of [credProblem, ctxProblem]) {
  test(`a forged denial of a call that ran does not make it run twice (${why})`, async () => {
    const at = await scene();
    replaceNext(at.between, (reply) => [denial(reply, why)]);
    const controller = new AbortController();
    const outcome = assert.rejects(at.add({ signal: controller.signal }), { code: "RPC_CANCELLED", mayHaveRun: true });
    await turns();
    controller.abort();
    await outcome;
    assert.equal(at.ran, 1);
    assert.equal(await at.add(), 3);
  });

  test(`a forged denial before the true reply does nothing (${why})`, async () => {
    const at = await scene();
    replaceNext(at.between, (reply) => [denial(reply, why), reply]);
    assert.equal(await at.add(), 3);
    assert.equal(at.ran, 1);
  });

  test(`over UDP a call that was denied and ran gets its reply from the cache (${why})`, async () => {
    const at = await scene("privacy", { reliable: false });
    replaceNext(at.between, (reply) => [denial(reply, why), denial(reply, why)]);
    assert.equal(await at.add(), 3);
    assert.equal(at.ran, 1);
  });
}

test("over UDP a second denial does not end a call that was sent again", async () => {
  const at = await scene("integrity", { reliable: false });
  let replies = 0;
  at.between.replace = (reply) => (++replies === 2 ? [reply] : [denial(reply, credProblem), reply]);
  assert.equal(await at.add(), 3);
  assert.equal(at.ran, 1);
});

test("a call that was denied again, or gets no new context, may have run", async () => {
  const at = await scene();
  at.between.replace = (reply) => [denial(reply, credProblem)];
  await assert.rejects(at.add(), { code: "RPC_GSS_FAILED", mayHaveRun: true });
  assert.equal(at.ran, 1);
});

test("a call after which a thousand others were made is not repeated", async () => {
  const at = await scene();
  let first: Uint8Array | undefined;
  replaceNext(at.between, (reply) => {
    first = reply;
    return [];
  });
  const refused = assert.rejects(at.add(), { code: "RPC_AUTH_ERROR", mayHaveRun: true });
  for (let round = 0; round < 11; round++) await Promise.all(Array.from({ length: 100 }, () => at.add()));
  assert.equal(at.ran, 1_101);
  at.between.inject(denial(first as Uint8Array, credProblem));
  await refused;
  assert.equal(await at.add(), 3);
  assert.equal(at.ran, 1_102);
});

const { PROG_UNAVAIL, PROG_MISMATCH, PROC_UNAVAIL, GARBAGE_ARGS, SYSTEM_ERR } = AcceptStat;
for (const stat of [PROG_UNAVAIL, PROG_MISMATCH, PROC_UNAVAIL, GARBAGE_ARGS, SYSTEM_ERR]) {
  test(`a call that ran is not said not to have run by the accept status ${stat}`, async () => {
    const at = await scene();
    replaceNext(at.between, (reply) => {
      const view = new DataView(reply.buffer);
      const status = 20 + ((view.getUint32(16) + 3) & ~3);
      return [Buffer.concat([reply.subarray(0, status), words(stat, 2, 3)])];
    });
    await assert.rejects(at.add(), { mayHaveRun: true });
    assert.equal(at.ran, 1);
  });
}

test("RPC_MISMATCH may have run, too", async () => {
  const at = await scene();
  replaceNext(at.between, (reply) => [words(xidOf(reply), 1, 1, 0, 2, 2)]);
  await assert.rejects(at.add(), { code: "RPC_MISMATCH", mayHaveRun: true });
});

test("a forged message that the server leaves does not say that the calls in flight did not run", async () => {
  const at = await scene();
  at.between.replace = (reply) => {
    at.between.inject(words(xidOf(reply) ^ 0x8000_0000, 1, 0, 0, 0, leavingStat));
    queueMicrotask(() => at.between.cut());
    return [];
  };
  await assert.rejects(at.add(), { code: "RPC_DISCONNECTED", mayHaveRun: true });
  assert.equal(at.ran, 1);
});

test("transaction ids of the calls that may be repeated are remembered, and no more", () => {
  const calls = new RecentCalls();
  for (let xid = 0; xid < 2_049; xid++) assert.equal(calls.isRepeated(xid, "alice", "one"), false);
  assert.equal(calls.isRepeated(2_048, "alice", "one"), false);
  assert.equal(calls.isRepeated(2_048, "alice", "two"), true);
  assert.equal(calls.isRepeated(2_047, "bob", "three"), false);
  assert.equal(calls.isRepeated(3, "alice", "two"), true);
  assert.equal(calls.isRepeated(2, "alice", "two"), false);
});

test("a connection with one context remembers what it needs for the next one", () => {
  const calls = new RecentCalls();
  const xids = Array.from({ length: 3_000 }, (_, at) => (0x7fff_ff00 + at) | 0);
  for (const xid of xids) assert.equal(calls.isRepeated(xid, "alice", "one"), false);
  for (const xid of xids.slice(-1_024)) assert.equal(calls.isRepeated(xid, "alice", "two"), true);
  for (let xid = 1; xid <= 2_048; xid++) assert.equal(calls.isRepeated(xid, "alice", "two"), false);
  for (const xid of xids) assert.equal(calls.isRepeated(xid, "alice", "two"), false);
});

for (const [name, length] of [
  ["handle", 381],
  ["handle", 1_000_000],
  ["token", 131_073],
] as const) {
  test(`a context with a ${name} of ${length} bytes is refused, and no call carries it`, async () => {
    const server = new Server({ auth: [accepted], onError: () => undefined }).implement(adder, adding());
    const between = interceptedConnection(server);
    const sent: number[] = [];
    const send = between.near.send.bind(between.near);
    between.near.send = (write, ...rest) =>
      send(
        (out, ...of) => {
          const start = out.offset;
          write(out, ...of);
          sent.push(out.offset - start);
        },
        ...rest,
      );
    between.replace = (reply) => {
      const from = new XdrReader(reply);
      from.offset = 24 + ((new DataView(reply.buffer).getUint32(16) + 3) & ~3);
      const head = reply.subarray(0, from.offset);
      const result = { ...gss_init_result.decode(from), [name]: new Uint8Array(length) };
      return [Buffer.concat([head, encode(gss_init_result, result)])];
    };
    const peer = new Peer(between.near, { auth: secured() });
    peers.push(peer);
    const message = new RegExp(`${length}.*; the most are 380 and 131072`);
    await assert.rejects(call(peer, "add", [{ a: 1, b: 2 }]), { code: "RPC_GSS_FAILED", mayHaveRun: false, message });
    assert.equal(sent.length, 1, "the request for the context");
    assert.ok((sent[0] as number) < 200, `${sent[0]} bytes`);
  });
}

/** A client that serves calls back, and a server that makes one within `add`. */
function calledBack(options: Partial<AuthGssOptions>, back: { accepts?: boolean; proves?: boolean } = {}) {
  const heard: number[] = [];
  const callbacks = new Server(back.accepts ? { auth: [accepted] } : {});
  callbacks.implement(adder, adding({ note: (value: number) => void heard.push(value), add: ({ a }: Pair) => a }));
  const server = new Server({
    auth: [accepted],
    ...(back.proves && { callbacks: { auth: secured({ protection: "privacy" }) } }),
  });
  server.implement(
    adder,
    adding({ add: ({ a, b }: Pair, { peer }: IncomingCall) => call(peer, "add", [{ a: a + b, b: 0 }]) }),
  );
  const between = interceptedConnection(server);
  const peer = new Peer(between.near, { auth: secured(options), dispatcher: callbacks.dispatcher });
  peers.push(peer);
  return { add: () => call(peer, "add", [{ a: 1, b: 2 }]), between, heard };
}

for (const protection of ["integrity", "privacy"] as const) {
  test(`unprotected calls back are denied on a connection with "${protection}", but for procedure 0`, async () => {
    const { add, between, heard } = calledBack({ protection });
    await assert.rejects(add(), { code: "RPC_SYSTEM_ERR" });
    between.inject(words(7, 0, 2, adder.number, adder.version, adder.procedures.note.number, 0, 0, 0, 0, 666));
    await turns();
    assert.deepEqual(heard, []);
  });

  test(`calls back that prove themselves are served on a connection with "${protection}"`, async () => {
    assert.equal(await calledBack({ protection }, { accepts: true, proves: true }).add(), 3);
  });

  test(`unprotected calls back are served if the client asks for it ("${protection}")`, async () => {
    assert.equal(await calledBack({ protection, unprotectedCallbacks: true }).add(), 3);
  });
}

test('with protection "none", calls back are served as they come', async () => {
  assert.equal(await calledBack({ protection: "none" }).add(), 3);
});

test("a denied call back is AUTH_TOOWEAK, and procedure 0 is answered", async () => {
  const [near, far] = memoryPair();
  const end = new RawEnd(far);
  peers.push(new Peer(near, { auth: secured(), dispatcher: new Server().implement(adder, adding()).dispatcher }));
  const from = (procedure: number) => words(7, 0, 2, adder.number, adder.version, procedure, 0, 0, 0, 0, 666);
  end.send(Buffer.from(from(adder.procedures.note.number)).toString("hex"));
  assert.equal(await end.next(), "00000007 00000001 00000001 00000001 00000005");
  end.send(Buffer.from(from(0).subarray(0, 40)).toString("hex"));
  assert.equal(await end.next(), "00000007 00000001 00000000 00000000 00000000 00000000");
});
