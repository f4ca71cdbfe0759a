// Authenticated associations, with a mechanism whose two ends have the keys: the tokens are those of Kerberos.
import assert from "node:assert/strict";
import { duplexPair, Transform } from "node:stream";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { allow, channelOf, RpcDisconnected } from "lupine";
import {
  createDceClient,
  type DceClientAuth,
  DceFault,
  type DceImplementation,
  DceRejected,
  DceServer,
  type DceServerAuth,
  DceStatus,
} from "lupine/dce";
import type * as shared from "../../src/gss/shared-key.test-support.js";
import type * as count from "../../src/testing/count-of.test-support.js";
import { Sample_v1, type Sample_v1_Operations } from "../interop/dce/sample.gen.js";
import { implementation } from "../interop/dce/sample-server.js";
import { ping } from "../support/dce-ping.js";
import { gate } from "../support/gate.js";

const dist = (file: string): string => new URL(`../../../dist/${file}`, import.meta.url).href;
const { sharedKey }: typeof shared = await import(dist("gss/shared-key.test-support.js"));
const { countOf }: typeof count = await import(dist("testing/count-of.test-support.js"));

const mechanism = sharedKey();
const errors: unknown[] = [];

function serverOf(auth: Omit<DceServerAuth, "mechanism"> = {}, functions: Partial<Functions> = {}): DceServer {
  const server = new DceServer({ auth: { mechanism, ...auth }, onError: (error) => errors.push(error) });
  return server.implement(Sample_v1, { ...implementation(), ...functions });
}

type Functions = DceImplementation<Sample_v1_Operations>;

function proving(options: Omit<DceClientAuth, "mechanism" | "service"> = {}): { auth: DceClientAuth } {
  return { auth: { mechanism, service: "host@server", ...options } };
}

test("calls of every size are protected, with both protections and both forms of negotiation", async () => {
  let caller: unknown;
  await using server = serverOf(
    {},
    {
      nothing: ({ identity }) => {
        caller = identity;
      },
    },
  );
  for (const protection of ["integrity", "privacy"] as const) {
    for (const negotiation of ["spnego", "kerberos"] as const) {
      for (const byteOrder of ["little", "big"] as const) {
        await using client = createDceClient(Sample_v1, server, { ...proving({ protection, negotiation }), byteOrder });
        await client.nothing();
        const gss = { mechanism: "shared-key", protection, isDelegated: false };
        assert.deepEqual(caller, { flavor: 6, principal: "alice@TEST", gss });
        for (let length = 0; length < 20; length++)
          assert.equal(await client.sum(Array(length).fill(1)), BigInt(length));
        assert.equal(await client.sum(Array(20_000).fill(2)), 40_000n);
        assert.equal((await client.fill(200_000)).data.length, 100_000);
      }
    }
  }
});

test("negotiations of several rounds go through alter_context", async () => {
  const long = sharedKey({ rounds: 4 });
  await using server = new DceServer({ auth: { mechanism: long } }).implement(Sample_v1, implementation());
  await using client = createDceClient(Sample_v1, server, { auth: { mechanism: long, service: "host@server" } });
  assert.deepEqual(await client.add(1, 2), { sum: 3, result: 0 });
});

test("a second interface on the association is protected as well", async () => {
  let principal: string | undefined;
  await using server = serverOf().implement(ping, {
    ping: ({ identity }) => {
      principal = identity.principal;
    },
  });
  await using client = createDceClient(Sample_v1, server, proving());
  await using other = createDceClient(ping, channelOf(client));
  await client.nothing();
  await other.ping();
  assert.equal(principal, "alice@TEST");
});

test("a server refuses callers that do not prove who they are, or ask for less than it requires", async () => {
  await using server = serverOf({ require: "privacy" });
  await using nobody = createDceClient(Sample_v1, server);
  await assert.rejects(nobody.nothing(), { status: DceStatus.accessDenied, mayHaveRun: false });
  await using weak = createDceClient(Sample_v1, server, proving({ protection: "integrity" }));
  await assert.rejects(weak.nothing(), (error) => error instanceof DceRejected && /reason 8/.test(error.message));
  await using good = createDceClient(Sample_v1, server, proving());
  await good.nothing();

  await using open = serverOf({ require: "none" });
  await using stranger = createDceClient(Sample_v1, open);
  await stranger.nothing();

  await using without = new DceServer().implement(Sample_v1, implementation());
  await using client = createDceClient(Sample_v1, without, proving());
  await assert.rejects(client.nothing(), DceRejected);
});

test("rules of `allow` hold for principals of DCE", async () => {
  const rules = { interceptors: [allow({ principals: ["bob@TEST"] })] };
  await using server = new DceServer({ auth: { mechanism }, ...rules }).implement(Sample_v1, implementation());
  await using alice = createDceClient(Sample_v1, server, proving());
  await assert.rejects(
    alice.nothing(),
    (error) => error instanceof DceFault && error.status === DceStatus.accessDenied,
  );
  const bob = { mechanism: sharedKey({ caller: "bob@TEST" }), service: "host@server" };
  await using other = createDceClient(Sample_v1, server, { auth: bob });
  await other.nothing();
});

test("a wrong token is refused and reported, and the connection ends", async () => {
  errors.length = 0;
  await using server = serverOf();
  const bad: DceClientAuth["mechanism"] = {
    ...mechanism,
    initiate: () => ({ step: async () => ({ token: Buffer.from("nonsense") }) }),
  };
  await using client = createDceClient(Sample_v1, server, { auth: { mechanism: bad, service: "host@server" } });
  await assert.rejects(client.nothing(), (error) => error instanceof DceRejected && /reason 9/.test(error.message));
  assert.match(String(errors), /a caller was not authenticated: a strange token/);
});

/** A stream to the server that changes, drops or repeats the bytes of one of its two directions. */
function through(server: DceServer, direction: "call" | "reply", change: (chunk: Buffer, at: number) => Buffer) {
  const [near, far] = duplexPair();
  const [inner, end] = duplexPair();
  let at = 0;
  const changed = new Transform({ transform: (chunk: Buffer, _, done) => done(null, change(chunk, at++)) });
  if (direction === "call") {
    far.pipe(changed).pipe(inner);
    inner.pipe(far);
  } else {
    inner.pipe(changed).pipe(far);
    far.pipe(inner);
  }
  // The ends of a pair do not see that the other was destroyed.
  end.on("close", () => near.destroy());
  near.on("close", () => end.destroy());
  server.accept(end);
  return near;
}

/** Every third bit, or fewer in `npm test`. */
const step = 60 / countOf(20, 3);

/** Until the first call: the bind, and its acknowledgement. */
const first = 1;

for (const protection of ["integrity", "privacy"] as const) {
  test(`no changed bit of a call runs, and none of a reply is believed, with ${protection}`, async () => {
    const sums: number[] = [];
    await using server = serverOf(
      {},
      {
        add: (a, b) => {
          sums.push(a + b);
          return { sum: a + b, result: 0 };
        },
      },
    );
    let length = 200;
    for (const direction of ["call", "reply"] as const) {
      // Bits of the length, and of its byte order, are left out: the other end waits for more bytes then.
      for (let bit = 0; bit < length * 8; bit += step) {
        if (bit === 36 || (bit >= 64 && bit < 80)) continue;
        sums.length = 0;
        const stream = through(server, direction, (chunk, at) => {
          if (at !== first) return chunk;
          length = chunk.length;
          const copy = Buffer.from(chunk);
          copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
          return copy;
        });
        await using client = createDceClient(Sample_v1, () => stream, proving({ protection }));
        const call = client.add(40, 2).catch((error: unknown) => error);
        await setImmediate();
        // A change may hide the call or its reply: the next one then shows that something is missing.
        await client.add(1, 1).catch(() => undefined);
        const outcome = await call;
        const place = `${direction}, bit ${bit}: ${String(outcome)}`;
        if (direction === "call") assert.deepEqual(sums, [], place);
        // A reply that became a fault may end the call, but proves nothing.
        const isFault = outcome instanceof DceFault && outcome.mayHaveRun;
        assert.ok(direction === "call" || outcome instanceof RpcDisconnected || isFault, place);
        stream.destroy();
      }
    }
  });

  test(`calls that are repeated, left out or swapped on their way do not run, with ${protection}`, async () => {
    for (const kind of ["repeated", "left out", "swapped"] as const) {
      const seen: number[] = [];
      await using server = serverOf(
        {},
        {
          add: (a) => {
            seen.push(a);
            return { sum: a, result: 0 };
          },
        },
      );
      let kept: Buffer = Buffer.alloc(0);
      const stream = through(server, "call", (chunk, at) => {
        if (at < first) return chunk;
        if (kind === "repeated") return Buffer.concat([chunk, chunk]);
        if (at === first) {
          kept = chunk;
          return Buffer.alloc(0);
        }
        return kind === "swapped" ? Buffer.concat([chunk, kept]) : chunk;
      });
      await using client = createDceClient(Sample_v1, () => stream, proving({ protection }));
      const call = client.add(1, 0).catch(() => undefined);
      // Together the calls would leave in one write.
      await setImmediate();
      await client.add(2, 0).catch(() => undefined);
      await call;
      assert.deepEqual(seen, kind === "repeated" ? [1] : [], kind);
      stream.destroy();
    }
  });
}

test("a client does not speak to a server that leaves headers unprotected, unless it is told to", async () => {
  const without = (server: DceServer) =>
    through(server, "reply", (chunk, at) => {
      const copy = Buffer.from(chunk);
      if (at === 0) copy[3] = (copy[3] as number) & ~4;
      return copy;
    });
  await using server = serverOf();
  const stream = without(server);
  await using client = createDceClient(Sample_v1, () => stream, proving());
  await assert.rejects(client.nothing(), (error) => error instanceof DceRejected && /headers/.test(error.message));
});

test("wrong options of authentication are refused by name", () => {
  const target = "ncacn_ip_tcp:127.0.0.1[1]";
  const cases = [
    [{ mechanism }, /options\.auth\.service is missing/],
    [{ service: "host@server" }, /options\.auth\.mechanism is missing/],
    [{ mechanism, service: "s", protection: "none" }, /options\.auth\.protection/],
  ] as const;
  for (const [auth, message] of cases)
    assert.throws(() => createDceClient(Sample_v1, target, { auth: auth as never }), message);
  assert.throws(() => new DceServer({ auth: {} as never }), /options\.auth\.mechanism is missing/);
});

test("an attacker who changes the interface in the unprotected bind is found out by the first call", async () => {
  const ran: string[] = [];
  const other = { ...Sample_v1, name: "Other", uuid: "b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e2" };
  await using server = serverOf({}, { nothing: () => void ran.push("Sample") });
  server.implement(other, { ...implementation(), nothing: () => void ran.push("Other") });
  const stream = through(server, "call", (chunk, at) => {
    const copy = Buffer.from(chunk);
    // The last byte of the UUID: header, sizes, one context with its number.
    if (at === 0) copy[32 + 15] = 0xe2;
    return copy;
  });
  await using client = createDceClient(Sample_v1, () => stream, proving());
  // Faults are plain, so that the client does not believe that nothing ran.
  await assert.rejects(client.nothing(), { status: DceStatus.accessDenied, mayHaveRun: true });
  assert.deepEqual(ran, []);
  await using good = createDceClient(other, server, proving());
  await good.nothing();
  assert.deepEqual(ran, ["Other"]);
});

test("a connection that ends while its token is examined leaves nothing behind", async () => {
  let [examined, allowed] = [gate(), gate()];
  const slow: DceServerAuth["mechanism"] = {
    ...mechanism,
    accept: (style) => {
      const negotiation = mechanism.accept(style);
      return {
        step: async (token) => {
          examined.open();
          await allowed.opened;
          return negotiation.step(token);
        },
      };
    },
  };
  await using server = new DceServer({ auth: { mechanism: slow }, totalContexts: 4 });
  server.implement(Sample_v1, implementation());
  for (let i = 0; i < 8; i++) {
    [examined, allowed] = [gate(), gate()];
    const [near, end] = duplexPair();
    server.accept(end);
    await using client = createDceClient(Sample_v1, () => near, proving());
    const call = client.nothing();
    call.catch(() => undefined);
    await examined.opened;
    end.destroy();
    near.destroy();
    await setImmediate();
    allowed.open();
    await assert.rejects(call, (error) => error instanceof RpcDisconnected && !error.mayHaveRun);
    await setImmediate();
  }
  await using client = createDceClient(Sample_v1, server, proving());
  await client.nothing();
});
