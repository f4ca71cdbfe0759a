// RPCSEC_GSS at both ends, with a mechanism that needs no key distribution centre.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Peer, type PeerOptions } from "../peer/peer.js";
import { adder, adding, call, type Pair, RawEnd } from "../rpc/adder.test-support.js";
import { AuthStat } from "../rpc/auth.js";
import type { ClientAuth } from "../rpc/call.js";
import { writeCallHeader } from "../rpc/header.js";
import type { ServerOptions } from "../server/options.js";
import { Server } from "../server/server.js";
import { FakeClock } from "../testing/index.js";
import { ending, turns } from "../testing/waiting.test-support.js";
import { type MemoryOptions, memoryPair } from "../transport/memory.js";
import { XdrWriter } from "../xdr/writer.js";
import { type AuthGssOptions, authGss } from "./client.js";
import { interceptedConnection } from "./intercepted.test-support.js";
import { type AcceptGssOptions, acceptGss } from "./server.js";
import { type SharedKeyOptions, sharedKey } from "./shared-key.test-support.js";

const protections = ["none", "integrity", "privacy"] as const;
type Changes = Partial<Parameters<typeof adding>[0]>;

interface Setup {
  readonly accept?: AcceptGssOptions;
  readonly mechanism?: SharedKeyOptions;
  readonly server?: ServerOptions;
  readonly implementation?: Changes;
}

function serve({ accept, mechanism, server: options, implementation }: Setup = {}): Server {
  const auth = [acceptGss({ mechanism: sharedKey(mechanism), ...accept })];
  const server = new Server({ auth, onError: () => undefined, ...options });
  server.implement(adder, adding(implementation));
  return server;
}

function secured(options: Partial<AuthGssOptions> = {}, mechanism: SharedKeyOptions = {}): ClientAuth {
  return authGss({ service: "add@host", mechanism: sharedKey(mechanism), ...options });
}

const peers: Peer[] = [];
after(() => {
  for (const peer of peers) peer.destroy();
});

function connect(server: Server, auth = secured(), options: PeerOptions = {}, memory: MemoryOptions = {}): Peer {
  const [near, far] = memoryPair(memory);
  server.accept(far);
  const peer = new Peer(near, { auth, ...options });
  peers.push(peer);
  return peer;
}

const add = (peer: Peer, a = 1, b = 2) => call(peer, "add", [{ a, b }]);

for (const protection of protections) {
  test(`a call with protection "${protection}" is made, and the server learns who made it`, async () => {
    const seen: unknown[] = [];
    const server = serve({
      implementation: {
        add({ a, b }: Pair, { identity }: { identity: unknown }) {
          seen.push(identity);
          return a + b;
        },
      },
    });
    const peer = connect(server, secured({ protection }));
    assert.equal(await add(peer), 3);
    const gss = { protection, mechanism: "shared-key", isDelegated: false };
    assert.deepEqual(seen, [{ flavor: 6, principal: "alice@TEST", gss }]);
    assert.equal(((await call(peer, "repeat", [100_000])) as Uint8Array).length, 100_000);
    const sums = await Promise.all(Array.from({ length: 300 }, (_, at) => add(peer, at, 1)));
    assert.deepEqual(
      sums,
      Array.from({ length: 300 }, (_, at) => at + 1),
    );
    await peer.close();
  });
}

test("a context may take several tokens", async () => {
  const mechanism = { rounds: 3 };
  const peer = connect(serve({ mechanism }), secured({}, mechanism));
  assert.equal(await add(peer), 3);
});

test("one-way calls are protected, too", async () => {
  const noted: number[] = [];
  const peer = connect(serve({ implementation: { note: (value: number) => void noted.push(value) } }));
  await call(peer, "note", [7]);
  await add(peer);
  assert.deepEqual(noted, [7]);
});

test("a refusal comes back under the context", async () => {
  const server = new Server({ auth: [acceptGss({ mechanism: sharedKey() })] });
  const peer = connect(server);
  // Nothing proves its status.
  await assert.rejects(add(peer), { code: "RPC_PROG_UNAVAIL", mayHaveRun: true });
});

test("a server without RPCSEC_GSS is reported, and the call did not run", async () => {
  const server = new Server();
  server.implement(adder, adding());
  await assert.rejects(add(connect(server)), {
    code: "RPC_GSS_FAILED",
    mayHaveRun: false,
    message: /no shared-key context with "add@host" at memory:.*AUTH_REJECTEDCRED/,
  });
});

test("a mechanism learns when no call waits for its context any more", async () => {
  const mechanism = sharedKey();
  let isNeeded: (() => boolean) | undefined;
  const initiate: typeof mechanism.initiate = () => ({
    step: (_, given) => {
      isNeeded = given;
      return new Promise(() => undefined);
    },
  });
  const peer = connect(serve(), authGss({ service: "add@host", mechanism: { ...mechanism, initiate } }));
  const stop = new AbortController();
  const first = call(peer, "add", [{ a: 1, b: 2 }], { signal: stop.signal });
  const clock = call(peer, "add", [{ a: 1, b: 2 }], { timeout: 1 });
  await assert.rejects(clock, { code: "RPC_TIMEOUT", mayHaveRun: false });
  assert.equal(isNeeded?.(), true);
  stop.abort();
  await assert.rejects(first, { mayHaveRun: false });
  assert.equal(isNeeded?.(), false);
  add(peer).catch(() => undefined);
  assert.equal(isNeeded?.(), true);
});

test("a caller that the mechanism refuses is told, the server's program too, and the next call tries again", async () => {
  const refused: string[] = [];
  let isOpen = false;
  const mechanism = {
    onToken() {
      if (!isOpen) throw new Error("the disk is gone");
    },
  };
  const server = serve({ mechanism, accept: { onRefused: (error) => void refused.push(error.message) } });
  const peer = connect(server);
  await assert.rejects(add(peer), { code: "RPC_GSS_FAILED", mayHaveRun: false });
  assert.deepEqual(refused, ["the disk is gone"]);
  isOpen = true;
  assert.equal(await add(peer), 3);
});

test("a server requires a protection, and weaker calls get AUTH_TOOWEAK", async () => {
  const server = serve({ accept: { protection: "integrity" } });
  assert.equal(await add(connect(server, secured({ protection: "privacy" }))), 3);
  const weak = add(connect(server, secured({ protection: "none" })));
  await assert.rejects(weak, { authStat: AuthStat.TOOWEAK, mayHaveRun: true });
});

test("a credential that is not RPCSEC_GSS is refused by a server that takes nothing else", async () => {
  const [near, far] = memoryPair();
  serve().accept(far);
  const peer = new Peer(near);
  await assert.rejects(add(peer), { authStat: AuthStat.REJECTEDCRED, mayHaveRun: false });
});

test("a context is given back when its connection closes", async () => {
  const server = serve();
  const caller = await rawCaller(server);
  assert.equal(await caller.send(caller.message(caller.auth)), "accepted");
  const message = caller.message(caller.auth);
  await caller.auth.destroy?.(caller.peer);
  assert.equal(await caller.send(message), `denied ${AuthStat.RPCSEC_GSS_CREDPROBLEM}`);
});

test("a context that has ended is made anew, and no call is lost", async () => {
  const clock = new FakeClock();
  let contexts = 0;
  const mechanism = { endsAt: () => clock.date() + 1_000, onToken: () => void contexts++ };
  let ran = 0;
  const server = serve({
    mechanism,
    accept: { clock },
    implementation: {
      add({ a, b }: Pair) {
        ran++;
        return a + b;
      },
    },
  });
  const peer = connect(server);
  for (let round = 0; round < 20; round++) {
    const sums = await Promise.all(Array.from({ length: 20 }, (_, at) => add(peer, at, round)));
    assert.deepEqual(
      sums,
      Array.from({ length: 20 }, (_, at) => at + round),
    );
    clock.advance(600);
  }
  assert.equal(ran, 400);
  assert.ok(contexts >= 10 && contexts <= 20, `${contexts} contexts`);
});

test("a context that ends while more calls wait than its window has is made anew, and no call is lost", async () => {
  const clock = new FakeClock();
  let contexts = 0;
  let ran = 0;
  const mechanism = { endsAt: () => clock.date() + 1_000, onToken: () => void contexts++ };
  const server = serve({ mechanism, accept: { clock }, implementation: { add: () => ++ran } });
  const peer = connect(server);
  await add(peer);
  clock.advance(1_000);
  await Promise.all(Array.from({ length: 3_000 }, () => add(peer)));
  assert.deepEqual([ran, contexts], [3_001, 2]);
});

test("two connections with one context have their calls run once each", async () => {
  let ran = 0;
  const server = serve({ implementation: { add: () => ++ran } });
  const one = await rawCaller(server);
  const other = await rawCaller(server);
  for (let round = 0; round < 10; round++) {
    const messages = [one.message(one.auth), one.message(one.auth)] as const;
    const answers = await Promise.all([other.send(messages[1]), one.send(messages[0])]);
    assert.deepEqual(answers, ["accepted", "accepted"]);
  }
  assert.equal(ran, 20);
});

test("sequence numbers that were used, are too old, or too high, do not reach the procedure", async () => {
  let ran = 0;
  const server = serve({ implementation: { add: () => ++ran } });
  const caller = await rawCaller(server);
  const first = caller.message(caller.auth);
  const second = caller.message(caller.auth);
  assert.equal(await caller.send(second), "accepted");
  assert.equal(await caller.send(first), "accepted");
  assert.equal(await caller.send(first), "none");
  assert.equal(await caller.send(second), "none");
  const skipped = Array.from({ length: 1_100 }, () => caller.message(caller.auth));
  assert.equal(await caller.send(skipped.at(-1) as Uint8Array), "accepted");
  assert.equal(await caller.send(skipped[0] as Uint8Array), "none");
  assert.equal(await caller.send(skipped[1_000] as Uint8Array), "accepted");
  assert.equal(ran, 4);
});

for (const protection of ["integrity", "privacy"] as const) {
  test(`no message with a changed bit reaches the procedure ("${protection}")`, async () => {
    let ran = 0;
    const server = serve({ implementation: { add: () => ++ran } });
    const caller = await rawCaller(server, protection);
    const bits = caller.message(caller.auth).length * 8;
    assert.ok(bits > 1_000);
    for (let bit = 0; bit < bits; bit++) {
      const message = caller.message(caller.auth);
      message[bit >> 3] = (message[bit >> 3] as number) ^ (1 << (bit & 7));
      caller.throwAt(message);
      if (bit % 100 === 99) await turns(3);
    }
    await turns();
    assert.equal(ran, 0);
    assert.equal(await caller.send(caller.message(caller.auth)), "accepted");
    assert.equal(ran, 1);
  });

  test(`no reply with a changed bit gives a result ("${protection}")`, async () => {
    const server = serve();
    const between = interceptedConnection(server);
    const peer = new Peer(between.near, { auth: secured({ protection }), timeout: 60_000 });
    peers.push(peer);
    assert.equal(await add(peer), 3);
    const bits = between.lastReply * 8;
    for (let bit = 0; bit < bits; bit++) {
      between.flip = bit;
      const controller = new AbortController();
      const outcome = call(peer, "add", [{ a: 1, b: 2 }], { signal: controller.signal }).catch(() => "failed");
      // With another xid, or another type, it is no reply to this call.
      if (bit < 64) await turns(5).then(() => controller.abort());
      assert.equal(await outcome, "failed", `bit ${bit}`);
    }
    between.flip = -1;
    assert.equal(await add(peer), 3);
  });
}

test("a repeated datagram has a new sequence number, runs once, and each copy gets its own reply", async () => {
  let ran = 0;
  const server = serve({ implementation: { add: () => ++ran } });
  const caller = await rawCaller(server, "integrity", { reliable: false });
  const copies = [caller.message(caller.auth, 77), caller.message(caller.auth, 77), caller.message(caller.auth, 77)];
  for (const copy of copies) assert.equal(await caller.answer(copy), "accepted");
  assert.equal(ran, 1);
});

test("a request for a context that comes twice gets the same answer", async () => {
  const tokens: string[] = [];
  const server = serve({ mechanism: { onToken: (text) => void tokens.push(text) } });
  const between = interceptedConnection(server, { reliable: false });
  between.copies = 3;
  const peer = new Peer(between.near, { auth: secured() });
  peers.push(peer);
  assert.equal(await add(peer), 3);
  assert.equal(tokens.length, 1);
});

test("contexts are bounded, in total and for each principal, and one that gave way is made anew", async () => {
  const server = serve({ accept: { limits: { contexts: 8, contextsPerPrincipal: 2 } } });
  const own = Array.from({ length: 5 }, () => connect(server, secured({}, { caller: "alice@TEST" })));
  const others = Array.from({ length: 10 }, (_, at) => connect(server, secured({}, { caller: `user${at}@TEST` })));
  for (let round = 0; round < 3; round++) {
    for (const peer of [...own, ...others]) assert.equal(await add(peer), 3);
  }
});

test("the context of a principal that gives way is the one that was not used for the longest time", async () => {
  const tokens: string[] = [];
  const mechanism = { onToken: (text: string) => void tokens.push(text) };
  const server = serve({ mechanism, accept: { limits: { contextsPerPrincipal: 2 } } });
  const busy = connect(server);
  for (let other = 0; other < 5; other++) {
    assert.equal(await add(busy), 3);
    assert.equal(await add(connect(server)), 3);
  }
  assert.equal(tokens.length, 6, "one for each connection");
});

test("a call whose deadline passes while its context is made says what the context waits for", async () => {
  const clock = new FakeClock();
  const never = new Promise<never>(() => undefined);
  const asking = { step: () => never, waitsFor: "an oracle: is it in?" };
  const mechanism = { ...sharedKey(), initiate: () => asking };
  const peer = connect(serve(), authGss({ service: "add@host", mechanism }), { clock });
  const outcome = assert.rejects(add(peer), {
    code: "RPC_TIMEOUT",
    mayHaveRun: false,
    message: /sent 0 times: the shared-key context with "add@host" waits for an oracle: is it in\?/,
  });
  await turns(5);
  clock.advance(60_000);
  await outcome;
});

test("no more calls are in flight than the server's window has, and those that wait are sent in order", async () => {
  // The server's own window is 1,024.
  const running = new Set<number>();
  const order: number[] = [];
  let most = 0;
  const later: Array<() => void> = [];
  const server = serve({
    server: { limits: { callsInFlight: 4_096 } },
    implementation: {
      async add({ a }: Pair) {
        order.push(a);
        running.add(a);
        most = Math.max(most, running.size);
        await new Promise<void>((resolve) => void later.push(resolve));
        running.delete(a);
        return a;
      },
    },
  });
  const peer = connect(server);
  const calls = Array.from({ length: 1_500 }, (_, at) => add(peer, at));
  await turns(50);
  assert.deepEqual([most, order.length], [1_024, 1_024]);
  while (order.length < 1_500 || later.length > 0) {
    for (const end of later.splice(0, 100)) end();
    await turns(5);
  }
  assert.deepEqual(
    await Promise.all(calls),
    calls.map((_, at) => at),
  );
  assert.equal(most, 1_024);
  assert.deepEqual(
    order,
    calls.map((_, at) => at),
  );
});

test("malformed credentials are denied", async () => {
  const server = serve();
  const caller = await rawCaller(server);
  const message = caller.message(caller.auth);
  const changed = (at: number, value: number) => {
    const copy = Uint8Array.from(message);
    new DataView(copy.buffer).setUint32(at, value);
    return copy;
  };
  // The credential's body begins at 32: version, control, sequence number, service, length of the handle.
  assert.equal(await caller.send(changed(32, 3)), `denied ${AuthStat.REJECTEDCRED}`);
  assert.equal(await caller.send(changed(36, 4)), `denied ${AuthStat.BADCRED}`);
  assert.equal(await caller.send(changed(44, 0)), `denied ${AuthStat.BADCRED}`);
  assert.equal(await caller.send(changed(52, 0)), `denied ${AuthStat.RPCSEC_GSS_CREDPROBLEM}`);
  assert.equal(await caller.send(changed(48, 400)), `denied ${AuthStat.BADCRED}`);
});

test("wrong options are TypeErrors that name the option", () => {
  const fault = (work: () => unknown) => {
    try {
      work();
      return "";
    } catch (error) {
      assert.ok(error instanceof TypeError);
      return error.message;
    }
  };
  assert.match(
    fault(() => authGss({} as never)),
    /options\.service is undefined; give a service/,
  );
  assert.match(
    fault(() => authGss({ service: "a@b", protection: "secret" as never })),
    /"none" or "integrity" or "privacy"/,
  );
  assert.match(
    fault(() => authGss({ service: "a@b", protecton: "none" } as never)),
    /did you mean protection/,
  );
  assert.match(
    fault(() => acceptGss({ keytb: "/x" } as never)),
    /did you mean keytab/,
  );
  assert.match(
    fault(() => acceptGss({ limits: { contexts: 0 } })),
    /options\.limits\.contexts is 0/,
  );
  assert.match(
    fault(() => acceptGss({ keytab: "/x", mechanism: sharedKey() })),
    /leave options\.keytab/,
  );
});

/** A caller that writes its messages itself, over a context that was made as usual. */
async function rawCaller(
  server: Server,
  protection: AuthGssOptions["protection"] = "integrity",
  memory: MemoryOptions = {},
) {
  const peer = connect(server, secured({ protection }));
  const auth = (secured({ protection }).forConnection as () => ClientAuth)();
  await auth.prepare?.(peer, adder);
  const [near, far] = memoryPair(memory);
  server.accept(far);
  const end = new RawEnd(near);
  let xid = 1_000;
  return {
    auth,
    peer,
    message(by: ClientAuth, own = ++xid): Uint8Array {
      const out = new XdrWriter();
      writeCallHeader(out, own, adder.number, adder.version, adder.procedures.add.number);
      by.seal(out, 0, (to) => adder.procedures.add.args.encode(to, [{ a: 1, b: 2 }]));
      return out.toBytes();
    },
    throwAt: (message: Uint8Array) => end.send(Buffer.from(message).toString("hex")),
    /** "accepted", "denied" with the status, or "none" if no answer comes at once. */
    async send(message: Uint8Array): Promise<string> {
      end.received.length = 0;
      this.throwAt(message);
      await turns();
      return answerOf(end.received.shift() ?? "");
    },
    /** The same; waits for the answer. */
    async answer(message: Uint8Array): Promise<string> {
      this.throwAt(message);
      return answerOf((await end.next()).replaceAll(" ", ""));
    },
  };
}

function answerOf(reply: string): string {
  if (reply === "") return "none";
  const words = reply.match(/.{8}/g) ?? [];
  return words[2] === "00000001" ? `denied ${Number.parseInt(words[4] as string, 16)}` : "accepted";
}

test("closing does not wait for ever", async () => {
  const peer = connect(serve());
  await add(peer);
  await ending(peer.close(), "the connection to close");
});
