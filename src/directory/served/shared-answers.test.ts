// The answers of a directory about paths with many servers.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { IncomingCall } from "../../rpc/call.js";
import { FakeClock } from "../../testing/fake-clock.js";
import { XdrWriter } from "../../xdr/writer.js";
import { DIRECTORY_V1, type dir_lookup_result } from "../directory.gen.js";
import { defaultDirectoryRate } from "./limits.js";
import { Policy } from "./policy.js";
import { Procedures } from "./procedures.js";
import { newEpoch, ServiceTable } from "./table.js";

const path = "/large";

function directory() {
  const policy = new Policy({ registrants: "any" });
  const rules = { policy, rate: defaultDirectoryRate, grace: 0, settling: 0, log() {}, clock: new FakeClock() };
  const procedures = new Procedures(new ServiceTable(newEpoch()), rules);
  const call = (host: string): IncomingCall => {
    const local = { kind: "tcp", host: host === "127.0.0.1" ? host : "192.0.2.1", port: 1 };
    const remote = { kind: "tcp", host, port: 9 };
    return { remote, peer: { remote, local }, identity: { flavor: 0 } } as unknown as IncomingCall;
  };
  const register = (id: number, address: string) => {
    const entry = { id: String(id), versions: [], addresses: [address], priority: 0, weight: 1 };
    procedures.implementation.register({ path, entry, lease: 1_000 }, call("127.0.0.1"));
  };
  const lookup = (host: string) => procedures.implementation.lookup(path, call(host)) as dir_lookup_result;
  return { procedures, register, lookup };
}

/** The long parts of the encoded answer, which the output of a stream does not copy. */
function partsOf(procedures: Procedures, answer: dir_lookup_result): ArrayBufferLike[] {
  const out = new XdrWriter({ splice: true });
  procedures.program.procedures.watch.result.encode(out, answer);
  const plain = new XdrWriter();
  DIRECTORY_V1.procedures.watch.result.encode(plain, answer);
  assert.deepEqual(out.toBytes(), plain.toBytes());
  return out.splices.map(({ bytes }) => bytes.buffer);
}

test("a long answer is encoded once for all who ask, until the path changes", () => {
  const { procedures, register, lookup } = directory();
  for (let id = 0; id < 500; id++) register(id, `tcp://host-${id}.example.org:2049`);
  const answers = ["127.0.0.1", "203.0.113.9", "203.0.113.10", "2001:db8::1"].map(lookup);
  assert.equal(new Set(answers).size, 1);
  const parts = answers.map((answer) => partsOf(procedures, answer));
  assert.equal(parts[0]?.length, 1);
  assert.equal(new Set(parts.flat()).size, 1);
  register(500, "tcp://host-500.example.org:2049");
  const changed = lookup("127.0.0.1");
  assert.notEqual(changed, answers[0]);
  assert.notEqual(partsOf(procedures, changed)[0], parts[0]?.[0]);
  assert.ok("services" in changed && changed.services.entries.length === 501);
  procedures.close();
});

test("a long answer whose addresses depend on the caller is shared by callers of one host alone", () => {
  const { procedures, register, lookup } = directory();
  for (let id = 0; id < 500; id++) register(id, `tcp://0.0.0.0:${1_000 + id}`);
  const [own, again, far] = ["127.0.0.1", "127.0.0.1", "203.0.113.9"].map(lookup);
  assert.equal(own, again);
  assert.notEqual(own, far);
  const addresses = [own, far].map((one) => one && "services" in one && one.services.entries[0]?.addresses);
  assert.deepEqual(addresses, [["tcp://127.0.0.1:1000"], ["tcp://192.0.2.1:1000"]]);
  procedures.close();
});

test("the answers that are kept are bounded, however many hosts ask", () => {
  const { procedures, register, lookup } = directory();
  for (let id = 0; id < 500; id++) register(id, `tcp://0.0.0.0:${1_000 + id}`);
  const first = lookup("203.0.113.1");
  for (let host = 2; host <= 16; host++) lookup(`203.0.113.${host}`);
  assert.equal(lookup("203.0.113.1"), first);
  for (let host = 20; host <= 40; host++) lookup(`203.0.113.${host}`);
  assert.notEqual(lookup("203.0.113.1"), first);
  procedures.close();
});
