import assert from "node:assert/strict";
import { test } from "node:test";
import { adder, call, RawEnd } from "../rpc/adder.test-support.js";
import { AuthStat } from "../rpc/auth.js";
import {
  RpcCancelled,
  RpcCodecError,
  RpcDisconnected,
  type RpcError,
  RpcRefused,
  RpcRejected,
  RpcTimeout,
} from "../rpc/errors.js";
import { FakeClock } from "../testing/fake-clock.js";
import { ending, turns, until } from "../testing/waiting.test-support.js";
import { TransportError } from "../transport/errors.js";
import { type MemoryOptions, memoryPair } from "../transport/memory.js";
import { defaultLimits } from "../xdr/limits.js";
import { Peer, type PeerOptions } from "./peer.js";

const accepted = "00000001 00000000 00000000 00000000";
const denied = "00000001 00000001";

function converse(options: PeerOptions = {}, memory: MemoryOptions = {}) {
  const [near, far] = memoryPair(memory);
  return { peer: new Peer(near, options), end: new RawEnd(far) };
}

/** Makes one call and answers it with its xid and `reply`. */
async function callAnswered(reply: string, options: PeerOptions = {}) {
  const { peer, end } = converse(options);
  const result = call(peer, "add", [{ a: 1, b: 2 }]);
  const sent = await end.next();
  end.send(`${sent.slice(0, 8)} ${reply}`);
  return result;
}

async function failure(result: Promise<unknown>): Promise<RpcError> {
  return result.then(
    (value) => assert.fail(`resolved with ${String(value)}`),
    (error) => error,
  );
}

test("a call goes out as RFC 5531 says, and SUCCESS brings its result", async () => {
  const { peer, end } = converse();
  const result = call(peer, "add", [{ a: 1, b: 2 }]);
  const sent = await end.next();
  const header = "00000000 00000002 23451111 00000001 00000001";
  assert.equal(sent.slice(9), `${header} 00000000 00000000 00000000 00000000 00000001 00000002`);
  end.send(`${sent.slice(0, 8)} ${accepted} 00000000 00000003`);
  assert.equal(await result, 3);
  assert.deepEqual(
    { ...peer.stats },
    {
      calls: 1,
      replies: 1,
      retransmissions: 0,
      unmatchedReplies: 0,
      malformedMessages: 0,
    },
  );
});

test("each refusal arrives as RpcRefused with its code, and says whether the call may have run", async () => {
  const refusals = [
    ["00000001", "RPC_PROG_UNAVAIL", false],
    ["00000003", "RPC_PROC_UNAVAIL", false],
    ["00000004", "RPC_GARBAGE_ARGS", false],
    ["00000005", "RPC_SYSTEM_ERR", true],
  ] as const;
  for (const [status, code, mayHaveRun] of refusals) {
    const error = await failure(callAnswered(`${accepted} ${status}`));
    assert.ok(error instanceof RpcRefused);
    assert.deepEqual([error.code, error.mayHaveRun], [code, mayHaveRun]);
    assert.match(error.message, /^ADD_PROG version 1 ADD at memory:pair, xid 0x[0-9a-f]{8}: /);
  }
});

test("PROG_MISMATCH brings the versions that the server has", async () => {
  const error = await failure(callAnswered(`${accepted} 00000002 00000002 00000004`));
  assert.ok(error instanceof RpcRefused);
  assert.deepEqual([error.code, error.low, error.high, error.mayHaveRun], ["RPC_PROG_MISMATCH", 2, 4, false]);
});

test("RPC_MISMATCH brings the RPC versions that the server speaks", async () => {
  const error = await failure(callAnswered(`${denied} 00000000 00000003 00000004`));
  assert.ok(error instanceof RpcRejected);
  assert.deepEqual([error.code, error.low, error.high, error.mayHaveRun], ["RPC_MISMATCH", 3, 4, false]);
});

test("every auth_stat arrives as RpcRejected", async () => {
  for (const [name, stat] of Object.entries(AuthStat)) {
    const error = await failure(callAnswered(`${denied} 00000001 ${stat.toString(16).padStart(8, "0")}`));
    assert.ok(error instanceof RpcRejected);
    assert.deepEqual([error.code, error.authStat, error.mayHaveRun], ["RPC_AUTH_ERROR", stat, false]);
    assert.ok(error.message.includes(name), error.message);
  }
});

test("a reply that is none fails its call on a reliable connection", async () => {
  const replies = [
    "00000001 00000002",
    "00000001 00000000 00000000 00000194",
    "00000001 00000000 00000000 00000000",
    "00000001 00000001 00000002 00000000",
    `${accepted} 00000009`,
    `${accepted} 00000002 00000001`,
    `${accepted} 00000000`,
  ];
  for (const reply of replies) {
    const error = await failure(callAnswered(reply));
    assert.ok(error instanceof RpcCodecError, reply);
    assert.deepEqual([error.code, error.mayHaveRun], ["RPC_CANT_DECODE_RESULT", true], reply);
  }
});

test("arguments that cannot be encoded fail the call alone, and it did not run", async () => {
  const { peer, end } = converse();
  const error = await failure(call(peer, "add", [{ a: 1, b: 2 ** 31 }]));
  assert.ok(error instanceof RpcCodecError);
  assert.deepEqual([error.code, error.mayHaveRun, peer.waiting], ["RPC_CANT_ENCODE_ARGS", false, 0]);
  assert.match(error.message, /args\.arg\.b: 2147483648 is not an int \(-2147483648 to 2147483647\)$/);
  const result = call(peer, "add", [{ a: 1, b: 2 }]);
  end.send(`${(await end.next()).slice(0, 8)} ${accepted} 00000000 00000003`);
  assert.equal(await result, 3);
});

test("arguments that do not fit the transport fail the call, and it did not run", async () => {
  const { peer } = converse({}, { maxMessage: 40 });
  const error = await failure(call(peer, "add", [{ a: 1, b: 2 }]));
  assert.deepEqual([error.code, error.mayHaveRun, peer.waiting], ["RPC_CANT_ENCODE_ARGS", false, 0]);
});

test("a call without a reply times out, and its late reply is ignored", async () => {
  const { peer, end } = converse({ timeout: 30 });
  const error = await failure(call(peer, "add", [{ a: 1, b: 2 }]));
  assert.ok(error instanceof RpcTimeout);
  assert.deepEqual([error.code, error.mayHaveRun, peer.waiting], ["RPC_TIMEOUT", true, 0]);
  const sent = await end.next();
  end.send(`${sent.slice(0, 8)} ${accepted} 00000000 00000003`);
  await turns();
  assert.equal(peer.stats.unmatchedReplies, 1);
});

test("a call's own deadline goes before the connection's", async () => {
  const { peer } = converse({ timeout: 60_000 });
  const error = await failure(call(peer, "add", [{ a: 1, b: 2 }], { timeout: 20 }));
  assert.match(error.message, /no reply within 20 ms/);
});

test("time that a call spent before counts towards its timeout, and the error names the whole timeout", async () => {
  const { peer } = converse();
  const request = { program: adder, procedure: adder.procedures.add, args: [{ a: 1, b: 2 }] };
  const calling = peer.call({ ...request, options: { timeout: 600_000 }, spent: 599_980 });
  const error = await failure(ending(calling, "the call to time out"));
  assert.match(error.message, /no reply within 600000 ms/);
});

test("a call more than may wait at once fails, and did not run", async () => {
  const { peer, end } = converse({ callsInFlight: 2 });
  const results = [1, 2].map((a) => call(peer, "add", [{ a, b: 2 }]));
  const error = await failure(call(peer, "add", [{ a: 3, b: 2 }]));
  assert.deepEqual([error.code, error.mayHaveRun, peer.waiting], ["RPC_TOO_MANY_CALLS", false, 2]);
  for (const _ of results) end.send(`${(await end.next()).slice(0, 8)} ${accepted} 00000000 00000003`);
  assert.deepEqual(await Promise.all(results), [3, 3]);
});

test("results past the limits are not decoded", async () => {
  const { peer, end } = converse({ limits: { ...defaultLimits, bytes: 4 } });
  const result = call(peer, "repeat", [5]);
  end.send(`${(await end.next()).slice(0, 8)} ${accepted} 00000000 00000005 01020304 05000000`);
  const error = await failure(result);
  assert.equal(error.code, "RPC_CANT_DECODE_RESULT");
  assert.match(error.message, /result: 5 bytes/);
});

test("a lenient peer takes bytes behind the result and says so", async () => {
  const forgiven: string[] = [];
  const lenient = (what: string) => forgiven.push(what);
  assert.equal(await callAnswered(`${accepted} 00000000 00000003 00000000`, { lenient }), 3);
  assert.deepEqual(forgiven, ["trailing bytes"]);
});

test("bytes left over after a result are ignored and told of, or refused by a strict peer", async () => {
  const reply = `${accepted} 00000000 00000003 00000000 00000000`;
  const told: unknown[] = [];
  assert.equal(await callAnswered(reply, { onLeftOver: ({ procedure, bytes }) => told.push([procedure, bytes]) }), 3);
  assert.deepEqual(told, [["ADD", 8]]);
  const throwing = (): never => {
    throw new Error("bug");
  };
  assert.equal(await callAnswered(reply, { onLeftOver: throwing }), 3);
  const error = await failure(callAnswered(reply, { strict: true, onLeftOver: throwing }));
  assert.deepEqual([error.code, error.mayHaveRun], ["RPC_CANT_DECODE_RESULT", true]);
  assert.match(error.message, /result: 8 bytes left over \(options\.strict/);
});

test("where nobody is told of bytes left over, each procedure is warned of once", async (t) => {
  const warned: unknown[] = [];
  t.mock.method(process, "emitWarning", (message: string, options: unknown) => warned.push([message, options]));
  const { peer, end } = converse();
  for (const method of ["add", "add", "later"] as const) {
    const result = method === "add" ? call(peer, "add", [{ a: 1, b: 2 }]) : call(peer, "later", [3]);
    end.send(`${(await end.next()).slice(0, 8)} ${accepted} 00000000 00000003 00000000`);
    assert.equal(await result, 3);
  }
  await until(
    () => warned.length >= 2,
    () => `two warnings: ${JSON.stringify(warned)}`,
  );
  await new Promise(setImmediate);
  assert.equal(warned.length, 2);
  const [message, options] = warned[0] as [string, unknown];
  assert.match(message, /^4 bytes were left over after the result of ADD_PROG\.1\.ADD from memory:.* options\.strict/);
  assert.deepEqual(options, { type: "LupineWarning", code: "LUPINE_LEFT_OVER" });
});

test("an error of a rule that can be forgiven names the option", async () => {
  const { peer, end } = converse();
  const result = call(peer, "repeat", [1]);
  end.send(`${(await end.next()).slice(0, 8)} ${accepted} 00000000 00000001 01000001`);
  assert.match((await failure(result)).message, /padding.* \(options\.lenient forgives it\)/);
});

test("a timeout that is no number of milliseconds is refused", async () => {
  const { peer } = converse();
  for (const timeout of [-1, Number.NaN]) {
    await assert.rejects(call(peer, "add", [{ a: 1, b: 2 }], { timeout }), RangeError);
    assert.throws(() => converse({ timeout }), RangeError);
  }
  assert.equal(peer.waiting, 0);
});

test("an aborted signal cancels the call and frees it", async () => {
  const { peer, end } = converse();
  const controller = new AbortController();
  const result = call(peer, "add", [{ a: 1, b: 2 }], { signal: controller.signal });
  await end.next();
  const reason = new Error("enough");
  controller.abort(reason);
  const error = await failure(result);
  assert.ok(error instanceof RpcCancelled);
  assert.deepEqual([error.cause, error.mayHaveRun, peer.waiting], [reason, true, 0]);
});

test("a signal that was aborted before keeps the call from being sent", async () => {
  const { peer, end } = converse();
  const error = await failure(call(peer, "add", [{ a: 1, b: 2 }], { signal: AbortSignal.abort() }));
  assert.deepEqual([error.code, error.mayHaveRun], ["RPC_CANCELLED", false]);
  assert.equal(end.received.length, 0);
});

test("the end of the connection fails every call that waits on it, and no other", async () => {
  const { peer, end } = converse();
  const other = converse();
  const results = [1, 2, 3].map((a) => failure(call(peer, "add", [{ a, b: 2 }])));
  const elsewhere = call(other.peer, "add", [{ a: 1, b: 2 }]);
  await end.next();
  end.connection.destroy();
  for (const error of await Promise.all(results)) {
    assert.ok(error instanceof RpcDisconnected);
    assert.equal(error.mayHaveRun, true);
  }
  assert.deepEqual([peer.waiting, peer.connected], [0, false]);
  other.end.send(`${(await other.end.next()).slice(0, 8)} ${accepted} 00000000 00000003`);
  assert.equal(await elsewhere, 3);
});

test("a call on a connection that has ended fails, and did not run", async () => {
  const { peer } = converse();
  peer.destroy(new Error("no more"));
  const error = await failure(call(peer, "add", [{ a: 1, b: 2 }]));
  assert.ok(error instanceof RpcDisconnected);
  assert.deepEqual([error.mayHaveRun, (error.cause as Error).message], [false, "no more"]);
});

test("replies that come twice, with another's xid or to nobody are counted and dropped", async () => {
  const { peer, end } = converse();
  const result = call(peer, "add", [{ a: 1, b: 2 }]);
  const xid = (await end.next()).slice(0, 8);
  const collides = ((Number.parseInt(xid, 16) + 0x10000) >>> 0).toString(16).padStart(8, "0");
  end.send(`${collides} ${accepted} 00000000 00000009`);
  end.send(`${xid} ${accepted} 00000000 00000003`);
  end.send(`${xid} ${accepted} 00000000 00000004`);
  end.send("00000001");
  end.send("00000001 00000005");
  assert.equal(await result, 3);
  await turns();
  assert.deepEqual([peer.stats.unmatchedReplies, peer.stats.malformedMessages], [2, 2]);
});

test("a call to an end that serves nothing gets PROG_UNAVAIL", async () => {
  const { end } = converse();
  end.send("00000007 00000000 00000002 23451111 00000001 00000001 00000000 00000000 00000000 00000000");
  assert.equal(await end.next(), `00000007 ${accepted} 00000001`);
});

test("a peer whose connection takes nothing more is not connected, though the end has not come yet", async () => {
  for (const oneWay of [false, true]) {
    const { peer } = converse();
    const waiting = failure(call(peer, "add", [{ a: 1, b: 2 }]));
    const reason = new TransportError("TRANSPORT_RESET", "the cable is cut");
    peer.connection.destroy(reason);
    // Settles with no turn of the event loop between: who tries again at once must get another connection.
    const refused = await failure(call(peer, oneWay ? "note" : "add", [oneWay ? 1 : { a: 1, b: 2 }]));
    assert.ok(refused instanceof RpcDisconnected && !refused.mayHaveRun);
    assert.equal(peer.connected, false);
    // What was sent before still learns what happened.
    assert.equal((await waiting).cause, reason);
  }
});

test("a one-way call waits for nothing", async () => {
  const { peer, end } = converse();
  assert.equal(await call(peer, "note", [5]), undefined);
  assert.equal(peer.waiting, 0);
  assert.match(await end.next(), /00000005$/);
});

test("close lets calls in flight finish and takes no new ones", async () => {
  const { peer, end } = converse();
  const result = call(peer, "add", [{ a: 1, b: 2 }]);
  const closed = peer.close();
  const error = await failure(call(peer, "add", [{ a: 1, b: 2 }]));
  assert.deepEqual([error.code, error.mayHaveRun], ["RPC_DISCONNECTED", false]);
  end.send(`${(await end.next()).slice(0, 8)} ${accepted} 00000000 00000003`);
  assert.equal(await result, 3);
  await closed;
  assert.equal(await end.next(), "closed");
});

test("calls wait while the other end does not read, in order, and those that end meanwhile are never sent", async () => {
  const { peer, end } = converse({}, { highWaterMark: 100 });
  end.connection.pause();
  const calls = Array.from({ length: 20 }, (_, a) => call(peer, "add", [{ a, b: 0 }]).catch(() => undefined));
  const { calls: sent } = peer.stats;
  assert.ok(sent > 0 && sent < 5, `${sent} were sent`);
  const late = await failure(call(peer, "add", [{ a: 98, b: 0 }], { timeout: 20 }));
  assert.deepEqual([late.code, late.mayHaveRun], ["RPC_TIMEOUT", false]);
  const controller = new AbortController();
  const cancelled = failure(call(peer, "add", [{ a: 99, b: 0 }], { signal: controller.signal }));
  const bad = await failure(call(peer, "add", [{ a: "x", b: 0 }]));
  assert.equal(bad.code, "RPC_CANT_ENCODE_ARGS");
  let told = false;
  const noted = call(peer, "note", [1]).then(() => (told = true));
  controller.abort();
  assert.equal((await cancelled).mayHaveRun, false);
  assert.equal(told, false);

  end.connection.resume();
  for (let a = 0; a < calls.length; a++) {
    const message = await end.next();
    assert.equal(Number.parseInt(message.split(" ").at(-2) as string, 16), a);
    end.send(`${message.slice(0, 8)} ${accepted} 00000000 00000000`);
  }
  assert.match(await end.next(), /00000003 .* 00000001$/);
  await Promise.all([...calls, noted]);
  assert.deepEqual([peer.stats.calls, peer.waiting], [21, 0]);
});

test("on an unreliable connection a call is repeated under its xid until the reply comes", async () => {
  const { peer, end } = converse({ retransmit: { first: 20, jitter: 0 } }, { reliable: false });
  const result = call(peer, "add", [{ a: 1, b: 2 }]);
  const first = await end.next();
  assert.equal(await end.next(), first);
  assert.equal(await end.next(), first);
  end.send(`${first.slice(0, 8)} ${accepted} 00000000 00000003`);
  assert.equal(await result, 3);
  assert.equal(peer.stats.calls, 1);
  assert.ok(peer.stats.retransmissions >= 2);
});

test("on an unreliable connection a mangled reply is dropped and the true one awaited", async () => {
  const { peer, end } = converse({}, { reliable: false });
  const result = call(peer, "add", [{ a: 1, b: 2 }]);
  const xid = (await end.next()).slice(0, 8);
  end.send(`${xid} 00000001 00000009`);
  end.send(`${xid} ${accepted} 00000000 00000003`);
  assert.equal(await result, 3);
  assert.equal(peer.stats.malformedMessages, 1);
});

test("a call that was repeated in vain times out and says how often it went out", async () => {
  const clock = new FakeClock();
  const { peer } = converse({ clock, retransmit: { first: 15, jitter: 0 }, timeout: 80 }, { reliable: false });
  const ended = failure(call(peer, "add", [{ a: 1, b: 2 }]));
  await clock.run(100);
  assert.match((await ended).message, /no reply within 80 ms \(options\.timeout\), sent 3 times/);
});

test("a datagram that is refused proves that the only call did not run, unless it may be the reply to a call back", async () => {
  const refused = new TransportError("TRANSPORT_REFUSED", "nothing listens there");
  for (const callsBack of [false, true]) {
    const { peer, end } = converse({}, { reliable: false });
    const waiting = failure(call(peer, "add", [{ a: 1, b: 2 }]));
    await end.next();
    if (callsBack) {
      end.send("00000007 00000000 00000002 23451111 00000001 00000001 00000000 00000000 00000000 00000000");
      assert.equal(await end.next(), `00000007 ${accepted} 00000001`);
    }
    peer.connection.destroy(refused);
    const { cause, mayHaveRun } = await waiting;
    assert.deepEqual([cause, mayHaveRun], [refused, callsBack]);
  }
});
