import assert from "node:assert/strict";
import test from "node:test";
import fc from "../../testing/fast-check.test-support.js";
import { reachableAddress } from "./reachable.js";
import { RegistrationTable } from "./table.js";
import { fromTransportAddress, toTransportAddress } from "./taddr.js";

const netid = fc.oneof(fc.constantFrom("tcp", "udp", "tcp6", "udp6", "local", "", "__proto__"), fc.string());
const address = fc.oneof(
  fc.string(),
  fc.ipV4().map((host) => `${host}.8.1`),
  fc.ipV6().map((host) => `${host}.8.1`),
  fc.constantFrom("0.0.0.0.8.1", "::.8.1", "/run/x.sock", "1.2.3.4.256.0"),
);
const word = fc.nat({ max: 0xffff_ffff });

test("whatever is registered, the table does not throw, and what it took can be told to a caller", () => {
  const entry = fc.record({ program: word, version: word, netid, address, owner: fc.string() });
  const remote = { kind: "udp", host: "203.0.113.5", port: 9 } as const;
  fc.assert(
    fc.property(fc.array(entry), address, (entries, hint) => {
      const table = new RegistrationTable({ entries: 5 });
      for (const each of entries) table.set(each);
      assert.ok(table.size <= 5);
      for (const each of table.all()) {
        assert.equal(typeof reachableAddress(each.netid, each.address, { remote, hint }), "string");
        toTransportAddress(each.netid, each.address);
      }
    }),
    { numRuns: 300 },
  );
});

test("no bytes make the reader of system addresses throw", () => {
  const family = fc.constantFrom([1, 0], [2, 0], [10, 0], [0, 2], [255, 255]);
  const bytes = fc
    .tuple(family, fc.uint8Array({ maxLength: 40 }))
    .map(([head, rest]) => Uint8Array.from([...head, ...rest]));
  fc.assert(
    fc.property(bytes, (sent) => typeof fromTransportAddress(sent) === "string"),
    { numRuns: 1000 },
  );
});
