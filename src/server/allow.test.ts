import assert from "node:assert/strict";
import { test } from "node:test";
import { authSys } from "../auth/sys.js";
import { Peer } from "../peer/peer.js";
import { adder, adding, call } from "../rpc/adder.test-support.js";
import type { Call } from "../rpc/call.js";
import { ping } from "../rpc/null.js";
import type { Address } from "../transport/address.js";
import { memoryPair } from "../transport/memory.js";
import { type AllowRule, allow, allowLoopback, allowNetworks, allowUsers } from "./allow.js";
import { Server } from "./server.js";

const tcp = (host: string, port = 40_000): Address => ({ kind: "tcp", host, port });

/** Whether the rules let a call in. */
async function letsIn(
  rules: readonly AllowRule[],
  remote: Address,
  sys?: { uid: number; gid: number; gids?: number[] },
) {
  const identity = { flavor: 1, ...(sys && { sys: { stamp: 0, machineName: "box", gids: [], ...sys } }) };
  const incoming = { procedure: adder.procedures.add, remote, identity } as unknown as Call;
  return allow(...rules)(incoming, async () => "ran").then(
    (result) => result === "ran",
    (error: unknown) => {
      assert.equal((error as { authStat?: number }).authStat, 5);
      return false;
    },
  );
}

test("addresses and networks of both families are told apart", async () => {
  const rules = [{ from: ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "fe80::/10"] }];
  for (const host of ["10.1.2.3", "192.0.2.7", "2001:db8::1", "fe80::1%eth0"])
    assert.ok(await letsIn(rules, tcp(host)), host);
  for (const host of ["11.0.0.1", "192.0.2.8", "2001:db9::1", "127.0.0.1", "::1"])
    assert.ok(!(await letsIn(rules, tcp(host))), host);
  assert.ok(!(await letsIn(rules, { kind: "unix", path: "" })));
});

test("loopback is 127.0.0.0/8, ::1, Unix sockets and memory; local is every address of this machine", async () => {
  for (const name of ["loopback", "local"]) {
    const rules = [{ from: [name] }];
    for (const remote of [tcp("127.0.0.1"), tcp("::1"), { kind: "unix", path: "" } as const])
      assert.ok(await letsIn(rules, remote));
    assert.ok(!(await letsIn(rules, tcp("192.0.2.77"))));
  }
});

test("users and groups are those of AUTH_SYS, and without it nobody is let in", async () => {
  const here = tcp("127.0.0.1");
  assert.ok(await letsIn([{ users: [1000] }], here, { uid: 1000, gid: 1 }));
  assert.ok(!(await letsIn([{ users: [1000] }], here, { uid: 0, gid: 1 })));
  assert.ok(!(await letsIn([{ users: [1000] }], here)));
  assert.ok(await letsIn([{ groups: [5] }], here, { uid: 1, gid: 5 }));
  assert.ok(await letsIn([{ groups: [5] }], here, { uid: 1, gid: 1, gids: [4, 5] }));
  assert.ok(!(await letsIn([{ groups: [5] }], here)));
});

test("principals are names that were proved, and a caller without one is not let in", async () => {
  const onlyAnn = allow({ principals: ["ann@EXAMPLE.ORG"] });
  const called = async (principal?: string): Promise<unknown> => {
    const identity = { flavor: 6, ...(principal !== undefined && { principal }) };
    const incoming = { procedure: adder.procedures.add, remote: tcp("192.0.2.1"), identity } as unknown as Call;
    return onlyAnn(incoming, async () => "ran").catch(() => "denied");
  };
  const names = ["ann@EXAMPLE.ORG", "bob@EXAMPLE.ORG", "Ann@EXAMPLE.ORG", "ann", "", undefined];
  assert.deepEqual(await Promise.all(names.map(called)), ["ran", ...Array(5).fill("denied")]);
  assert.throws(() => allow({ principals: "ann" as never }), /principals/);
});

test("all of one rule must hold, and one of several rules is enough", async () => {
  const strict = { from: ["10.0.0.0/8"], users: [1000], reservedPort: true };
  assert.ok(await letsIn([strict], tcp("10.0.0.1", 1023), { uid: 1000, gid: 1 }));
  assert.ok(!(await letsIn([strict], tcp("10.0.0.1", 1024), { uid: 1000, gid: 1 })));
  assert.ok(!(await letsIn([strict], tcp("10.0.0.1", 1023), { uid: 1001, gid: 1 })));
  assert.ok(await letsIn([strict, { from: ["loopback"] }], tcp("127.0.0.1")));
  assert.ok(await letsIn([{ check: async ({ remote }) => remote.kind === "tcp" }], tcp("192.0.2.1")));
});

test("a server denies who is not allowed before the handler runs, and answers procedure 0", async () => {
  let runs = 0;
  const server = new Server({ interceptors: [allowUsers(1000)] }).implement(adder, adding({ add: () => ++runs }));
  const peerWith = (uid?: number): Peer => {
    const [near, far] = memoryPair();
    server.accept(far);
    return new Peer(near, uid === undefined ? {} : { auth: authSys({ uid }) });
  };
  assert.equal(await call(peerWith(1000), "add", [{ a: 1, b: 2 }]), 1);
  for (const stranger of [peerWith(), peerWith(0)]) {
    await assert.rejects(call(stranger, "add", [{ a: 1, b: 2 }]), { code: "RPC_AUTH_ERROR", authStat: 5 });
    await ping(stranger, adder);
  }
  assert.equal(runs, 1);
});

test("the ready-made ones are rules by another name", async () => {
  const next = async () => "ran";
  const from = (remote: Address): Call =>
    ({ procedure: adder.procedures.add, remote, identity: { flavor: 0 } }) as never;
  assert.equal(await allowLoopback()(from(tcp("127.0.0.1")), next), "ran");
  await assert.rejects(allowLoopback()(from(tcp("192.0.2.1")), next));
  assert.equal(await allowNetworks("192.0.2.0/24")(from(tcp("192.0.2.1")), next), "ran");
  await assert.rejects(allowNetworks("192.0.2.0/24")(from(tcp("127.0.0.1")), next));
});

test("rules that say nothing, and addresses that are none, are refused where they are given", () => {
  const refuses = (work: () => unknown, message: RegExp): void => {
    assert.throws(work, (error) => error instanceof TypeError && message.test(error.message));
  };
  refuses(() => allow(), /needs a rule/);
  refuses(() => allow({}), /rule 1 says nothing/);
  refuses(() => allow({ from: ["loopback"] }, { reservedPort: false }), /rule 2 says nothing/);
  for (const text of ["10.0.0.0/33", "::/129", "example.org", "10.0.0/8", ""]) {
    refuses(() => allowNetworks(text), /rule 1\.from: .* is not "loopback", "local", an IP address, or a network/);
  }
  refuses(() => allow({ user: [1] } as never), /rule 1\.user is not an option/);
});
