import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { systemClock } from "../../base/clock.js";
import { createClientWith } from "../../client/index.js";
import type { IncomingCall } from "../../rpc/call.js";
import { until } from "../../testing/waiting.test-support.js";
import {
  DIRECTORY_V1,
  dir_action,
  type dir_change,
  type dir_entry,
  type dir_proved,
  dir_stat,
} from "../directory.gen.js";
import { openDirectory } from "../open.js";
import { readSecrets } from "../secret-file.js";
import { defaultDirectoryRate } from "./limits.js";
import { Policy } from "./policy.js";
import { Procedures } from "./procedures.js";
import { longestSkew, Prover } from "./proof.js";
import { Registered } from "./registered.js";
import { startDirectory } from "./server.js";
import { newEpoch, ServiceTable } from "./table.js";

const path = "/services/add";
const service = { versions: [{ program: 300_123, version: 1 }], addresses: ["tcp://192.0.2.9:2049"] };
const [alice, bob] = [
  { name: "alice", secret: "a".repeat(32) },
  { name: "bob", secret: "b".repeat(32) },
];

function entry(id: string): dir_entry {
  return { id, versions: [...service.versions], addresses: [...service.addresses], priority: 0, weight: 1 };
}

test("only the own machine may register unless more is said", () => {
  const local = new Policy({});
  assert.equal(local.refuses(""), undefined);
  assert.match(local.refuses("192.0.2.9") ?? "", /only from its own machine/);
  assert.equal(new Policy({ registrants: "any" }).refuses("192.0.2.9"), undefined);
  assert.equal(new Policy({ secrets: [alice] }).refuses("192.0.2.9"), undefined);
  assert.match(
    new Policy({ secrets: [alice], registrants: "local" }).refuses("192.0.2.9") ?? "",
    /only from its own machine/,
  );
});

test("a list lets addresses and networks in, and nobody else but the own machine", () => {
  const some = new Policy({ registrants: ["192.0.2.7", "10.1.0.0/16", "2001:db8::/32"] });
  for (const host of ["", "192.0.2.7", "10.1.255.255", "2001:db8:1::1", "2001:db8::1%eth0"]) {
    assert.equal(some.refuses(host), undefined, host);
  }
  for (const host of ["192.0.2.8", "10.2.0.0", "2001:db9::1", "fe80::1%eth0"]) {
    assert.match(some.refuses(host) ?? "", /is not among the machines that may register/, host);
  }
  for (const wrong of ["host.example.org", "10.1.0.0/33", "10.1.0.0/", "10.1.0.0/1/2", "", "local"]) {
    assert.throws(() => new Policy({ registrants: [wrong] }), { name: "TypeError", message: /options\.registrants/ });
  }
  assert.throws(() => new Policy({ secrets: [alice, alice] }), /alice is given twice/);
  assert.throws(() => new Policy({ mostWeight: 0 }), /options\.mostWeight is 0/);
  assert.throws(() => new Policy({ leastPriority: 70_000 }), /options\.leastPriority/);
});

test("weight and priority are capped, and a server that renews what was capped changes nothing", async () => {
  await using served = await startDirectory({ port: 0, mostWeight: 10, leastPriority: 5 });
  await using directory = await openDirectory(served.url);
  await directory.register(path, service, { weight: 65_535, priority: 0 });
  const [capped] = await directory.lookup(path);
  assert.deepEqual([capped?.weight, capped?.priority], [10, 5]);
  await directory.register("/services/modest", service, { weight: 3, priority: 9 });
  const [modest] = await directory.lookup("/services/modest");
  assert.deepEqual([modest?.weight, modest?.priority], [3, 9]);
});

test("where secrets are used, another user of the same machine can neither register nor take anything back", async () => {
  await using served = await startDirectory({ port: 0, secrets: [alice, bob] });
  await using hers = await openDirectory(served.url, { secret: alice });
  await using his = await openDirectory(served.url, { secret: bob });
  await using anyone = await openDirectory(served.url);
  await using raw = createClientWith({}, DIRECTORY_V1, served.address, { timeout: 30_000 });
  const lease = await hers.register(path, service);
  await assert.rejects(anyone.register(path, service), {
    code: "DIRECTORY_REFUSED",
    message: /only from callers that prove/,
  });
  const mine = { path, entry: { ...entry(lease.id), addresses: ["tcp://203.0.113.66:1"] }, lease: 3_000 };
  assert.equal((await raw.register(mine)).status, dir_stat.DIR_NOT_ALLOWED);
  assert.equal((await raw.withdraw(path, lease.id)).status, dir_stat.DIR_NOT_ALLOWED);
  // With a secret of one's own one has what is one's own.
  const announced = his.engine.announce(path, { ...entry(lease.id) }, { lease: 3_000 });
  await assert.rejects(announced, { code: "DIRECTORY_REFUSED", message: /made with the secret alice/ });
  await his.register(path, service);
  assert.equal((await anyone.lookup(path)).length, 2);
  await lease.withdraw();
  assert.equal((await anyone.lookup(path)).length, 1);
});

test("claims with one secret, however far ahead, do not stop renewals with another", async () => {
  await using served = await startDirectory({ port: 0, secrets: [alice, bob] });
  await using raw = createClientWith({}, DIRECTORY_V1, served.address, { timeout: 30_000 });
  const hers = new Prover(alice);
  const his = new Prover(bob, () => systemClock.date() + longestSkew - 60_000);
  const renewal: dir_change = {
    action: dir_action.DIR_REGISTER,
    registration: { path, entry: entry("a"), lease: 60_000 },
  };
  const withdrawal: dir_change = { action: dir_action.DIR_WITHDRAW, withdrawal: { path, id: "a" } };
  const identity = await raw.identity();
  const status = async (by: Prover, change: dir_change) => (await raw.change(by.prove(change, identity))).status;
  // Before there is a registration, his withdrawal succeeds: there is nothing to withdraw.
  assert.equal(await status(his, withdrawal), dir_stat.DIR_OK);
  assert.equal(await status(hers, renewal), dir_stat.DIR_OK);
  for (const change of [withdrawal, renewal]) assert.equal(await status(his, change), dir_stat.DIR_NOT_YOURS);
  assert.equal(await status(hers, renewal), dir_stat.DIR_OK);
});

test("a change that was recorded is refused after a restart, with or without state, and by another directory", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-replay-"));
  const options = { port: 0, secrets: [alice] };
  const withState = { ...options, stateFile: join(folder, "state") };
  const change = { action: dir_action.DIR_REGISTER, registration: { path, entry: entry("a"), lease: 60_000 } } as const;
  const record = async (): Promise<dir_proved> => {
    await using first = await startDirectory(withState);
    await using raw = createClientWith({}, DIRECTORY_V1, first.address, { timeout: 30_000 });
    const proved = new Prover(alice).prove(change, await raw.identity());
    assert.equal((await raw.change(proved)).status, dir_stat.DIR_OK);
    return proved;
  };
  const recorded = await record();
  for (const again of [withState, options]) {
    await using served = await startDirectory(again);
    await using client = createClientWith({}, DIRECTORY_V1, served.address, { timeout: 30_000 });
    assert.equal((await client.change(recorded)).status, dir_stat.DIR_OTHER_DIRECTORY);
    await using hers = await openDirectory(served.url, { secret: alice });
    await hers.register(path, service);
  }
  rmSync(folder, { recursive: true });
});

test("a claim that was recorded, whether it arrived or not, is refused on every other connection", async () => {
  await using served = await startDirectory({ port: 0, udp: true, grace: 1, secrets: [alice] });
  const { address } = served;
  assert.ok("port" in address);
  const client = (kind: "tcp" | "udp") => createClientWith({}, DIRECTORY_V1, { ...address, kind }, { timeout: 60_000 });
  const prover = new Prover(alice);
  const prove = (identity: bigint, id: string) =>
    prover.prove(
      { action: dir_action.DIR_REGISTER, registration: { path, entry: entry(id), lease: 3_600_000 } },
      identity,
    );
  await using replaying = client("tcp");
  await using datagrams = client("udp");
  const recorded: dir_proved[] = [];
  {
    await using hers = client("tcp");
    const identity = await hers.identity();
    recorded.push(prove(identity, "arrived"), prove(identity, "lost"));
    assert.equal((await hers.change(recorded[0] as dir_proved)).status, dir_stat.DIR_OK);
    assert.equal(served.size, 1);
  }
  await until(
    () => served.size === 0,
    () => "the registration to end with its connection",
  );
  for (const one of recorded) {
    for (const by of [replaying, datagrams]) {
      await by.identity();
      assert.equal((await by.change(one)).status, dir_stat.DIR_OTHER_DIRECTORY);
    }
  }
  // Datagrams have one identity, and a repeated one changes nothing.
  const overUdp = prove(await datagrams.identity(), "udp");
  for (let i = 0; i < 2; i++) assert.equal((await datagrams.change(overUdp)).status, dir_stat.DIR_OK);
  assert.equal((await replaying.change(overUdp)).status, dir_stat.DIR_OTHER_DIRECTORY);
  assert.equal(served.size, 1);
});

test("a claim of another machine that is sent again from here is refused, and its registration keeps its address", () => {
  const table = new ServiceTable(newEpoch());
  const policy = new Policy({ secrets: [alice] });
  const log = (): void => {};
  const rules = { policy, grace: 1, settling: 0, clock: systemClock, log, rate: defaultDirectoryRate };
  const procedures = new Procedures(table, rules);
  const callOver = (kind: "tcp" | "udp", host: string) => {
    const remote = { kind, host, port: 9 } as const;
    return { remote, peer: { remote }, identity: { flavor: 0 } } as unknown as IncomingCall;
  };
  const { identity, change } = procedures.implementation;
  const [far, near] = [callOver("tcp", "203.0.113.9"), callOver("udp", "127.0.0.1")];
  const registration = { path, entry: { ...entry("a"), addresses: ["tcp://0.0.0.0:4444"] }, lease: 60_000 };
  const prover = new Prover(alice);
  const recorded = prover.prove({ action: dir_action.DIR_REGISTER, registration }, identity(far) as bigint);
  const statusOf = (call: IncomingCall): number => (change(recorded, call) as { status: number }).status;
  assert.equal(statusOf(far), dir_stat.DIR_OK);
  assert.equal(statusOf(near), dir_stat.DIR_OTHER_DIRECTORY);
  assert.deepEqual(table.find(path, "a")?.entry.addresses, ["tcp://203.0.113.9:4444"]);
  procedures.close();
});

test("a server that signs its registration goes on when the directory has restarted at the same address", async () => {
  const options = { secrets: [alice] };
  const first = await startDirectory({ ...options, port: 0 });
  const { address } = first;
  assert.ok("port" in address);
  await using hers = await openDirectory(first.url, { secret: alice });
  await hers.register(path, service, { lease: 60_000 });
  await first.close();
  await using second = await startDirectory({ ...options, port: address.port });
  await until(
    () => second.size === 1,
    () => "the server to register again",
  );
  const [found] = await hers.lookup(path);
  assert.deepEqual(found?.addresses, service.addresses);
});

test("who owns a registration is in the state file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-owners-"));
  const options = { port: 0, secrets: [alice, bob], stateFile: join(folder, "state") };
  const first = await startDirectory(options);
  const hers = await openDirectory(first.url, { secret: alice });
  const { id } = await hers.register(path, service, { lease: 60_000, onTrouble: () => {} });
  await first.close();
  await using second = await startDirectory(options);
  await using his = await openDirectory(second.url, { secret: bob });
  await assert.rejects(his.engine.announce(path, entry(id), { lease: 3_000 }), /made with the secret alice/);
  await hers.close();
  rmSync(folder, { recursive: true });
});

test("a directory without secrets takes registrations that bring a proof", async () => {
  await using served = await startDirectory({ port: 0 });
  await using directory = await openDirectory(served.url, { secret: alice });
  await directory.register(path, service);
  await using other = await openDirectory(served.url);
  assert.equal((await other.lookup(path)).length, 1);
});

test("other machines fill neither what is left to the own one, nor more than a host's share, IPv6 by /64", () => {
  const table = new ServiceTable(newEpoch(), { entries: 80, perHost: 20, reserved: 1 / 4, perPath: 1_000 });
  const put = (origin: string, i: number): string | undefined => {
    const what = { path, entry: entry(`${origin}-${i}`), origin, lease: 3_000 };
    const full = table.full(what);
    if (full === undefined) table.put(new Registered(what));
    return full;
  };
  for (let i = 0; i < 20; i++) assert.equal(put(`2001:db8::${i.toString(16)}`, i), undefined);
  assert.equal(put("2001:db8::ffff", 20), "host", "all of it is one host");
  assert.equal(put("2001:db8:0:1::1", 20), undefined, "and this is another");
  for (let i = 0; i < 39; i++) assert.equal(put(`192.0.2.${i}`, i), undefined);
  assert.equal(put("192.0.2.99", 0), "directory");
  for (let i = 0; i < 20; i++) assert.equal(put("", i), undefined, "the own machine's part");
  assert.equal(put("", 21), "host");
});

test("a file of secrets is read only where others cannot, and each line is checked", () => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-secrets-"));
  const file = join(folder, "secrets");
  const write = (text: string): void => writeFileSync(file, text, { mode: 0o600 });
  const bad = { code: "DIRECTORY_BAD_SECRET" };
  write(`# who\nalice ${alice.secret} # hers\n\n${bob.secret}\n`);
  assert.deepEqual(readSecrets(file), [alice, { name: "default", secret: bob.secret }]);
  if (process.geteuid !== undefined) {
    chmodSync(file, 0o640);
    assert.throws(() => readSecrets(file), { ...bad, message: /chmod 600/ });
    chmodSync(file, 0o600);
  }
  if (process.geteuid?.() === 0) {
    chownSync(file, 4321, 4321);
    assert.throws(() => readSecrets(file), { ...bad, message: /secrets, which belongs to user 4321/ });
    chownSync(file, 0, 0);
    const open = join(folder, "open");
    mkdirSync(open);
    renameSync(file, join(open, "secrets"));
    chmodSync(open, 0o777);
    assert.throws(() => readSecrets(join(open, "secrets")), { ...bad, message: /open, which others can write to/ });
    chmodSync(open, 0o1777);
    assert.equal(readSecrets(join(open, "secrets")).length, 2);
  }
  for (const [text, message] of [
    ["", /has no secret/],
    ["short", /:1: .*at least 16/],
    [`a b ${alice.secret}`, /:1: write NAME SECRET/],
  ] as const) {
    write(text);
    assert.throws(() => readSecrets(file), { ...bad, message });
  }
  assert.throws(() => readSecrets(join(folder, "none")), { ...bad, message: /cannot be read/ });
  assert.throws(() => readSecrets("/dev/zero"), bad);
  rmSync(folder, { recursive: true });
});

test("a secret is for directory servers alone", async () => {
  await assert.rejects(openDirectory("dns:example.org", { secret: alice }), {
    name: "TypeError",
    message: /options\.secret: dns:example\.org is not a directory server/,
  });
});
