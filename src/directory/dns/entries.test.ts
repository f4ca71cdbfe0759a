import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../../testing/fast-check.test-support.js";
import { longestId, mostVersions } from "../engine.js";
import { entriesOf, type Records, type SrvRecord } from "./entries.js";

const srv = (name: string, port: number, priority = 0, weight = 1): SrvRecord => ({ name, port, priority, weight });
const of = (...services: SrvRecord[]): Records => ({ services, texts: [] });
const addresses = (tcp: Records, udp: Records) => entriesOf(tcp, udp).map((one) => one.addresses);

test("a server that is named for both protocols is one entry, by its port or because it is the host's only one", () => {
  assert.deepEqual(addresses(of(srv("a", 1)), of(srv("a", 1))), [["tcp://a:1", "udp://a:1"]]);
  assert.deepEqual(addresses(of(srv("a", 1)), of(srv("a", 2))), [["tcp://a:1", "udp://a:2"]]);
  assert.deepEqual(addresses(of(srv("a", 1), srv("a", 2)), of(srv("a", 2), srv("a", 3))), [
    ["tcp://a:1"],
    ["tcp://a:2", "udp://a:2"],
    ["udp://a:3"],
  ]);
});

test("ids are the same each time, short, and sorted, however the records come", () => {
  const long = `${"l".repeat(60)}.${"m".repeat(60)}.org`;
  const records = [srv(long, 1), srv("b.", 1), srv("A", 1), srv("a", 1)];
  const ids = entriesOf(of(...records), of()).map(({ id }) => id);
  assert.deepEqual(
    entriesOf(of(...records.toReversed()), of()).map(({ id }) => id),
    ids,
  );
  assert.deepEqual(ids, [...ids].sort());
  assert.ok(ids.every((id) => id.length <= longestId));
  assert.equal(ids.length, 3);
});

test("a text says the programs and versions; what it says wrongly is skipped", () => {
  const texts = [
    ["program=1", "version=1,2"],
    ["Program=0x20000001 version=3"],
    ["program=2"],
    ["version=9"],
    ["x"],
    [],
  ];
  const [entry] = entriesOf({ services: [srv("a", 1)], texts }, of());
  assert.deepEqual(entry?.versions, [
    { program: 1, version: 1 },
    { program: 1, version: 2 },
    { program: 0x20000001, version: 3 },
  ]);
  const many = [["program=1", `version=${Array.from({ length: 1_000 }, (_, at) => at).join()}`]];
  assert.equal(entriesOf({ services: [srv("a", 1)], texts: many }, of())[0]?.versions.length, mostVersions);
});

test("whatever the records are, the entries keep to the limits", () => {
  const record = fc.record({
    name: fc.oneof(fc.domain(), fc.string()),
    port: fc.integer({ min: 0, max: 65_535 }),
    priority: fc.integer({ min: 0, max: 65_535 }),
    weight: fc.integer({ min: 0, max: 65_535 }),
  });
  const records = fc.record({ services: fc.array(record), texts: fc.array(fc.array(fc.string())) });
  fc.assert(
    fc.property(records, records, (tcp, udp) => {
      for (const { id, weight = 0, addresses } of entriesOf(tcp, udp)) {
        assert.match(id, /^[\x21-\x7e]{1,64}$/);
        assert.ok(weight >= 1 && weight <= 65_535);
        assert.ok(addresses.length >= 1 && addresses.length <= 2);
      }
    }),
  );
});
