import assert from "node:assert/strict";
import test from "node:test";
import { XdrReader } from "../../xdr/reader.js";
import { EncodedDump } from "./encoded-dump.js";
import { rpcblist_ptr } from "./rpcbind.gen.js";
import { type BinderEntry, RegistrationTable } from "./table.js";

const entry: BinderEntry = { program: 300_000, version: 1, netid: "tcp", address: "0.0.0.0.8.1", owner: "1000" };

test("a state of the table is encoded once, and every change makes another", () => {
  const table = new RegistrationTable();
  let encoded = 0;
  const dump = new EncodedDump(table, rpcblist_ptr, (all) => {
    encoded++;
    return all.map(({ program, version, netid, address, owner }) => {
      return { rpcb_map: { r_prog: program, r_vers: version, r_netid: netid, r_addr: address, r_owner: owner } };
    });
  });
  const programs = (): number[] =>
    rpcblist_ptr.decode(new XdrReader(dump.bytes())).map(({ rpcb_map }) => rpcb_map.r_prog);
  assert.deepEqual(programs(), []);
  table.set(entry);
  assert.deepEqual(programs(), [300_000]);
  assert.equal(dump.bytes(), dump.bytes());
  assert.equal(encoded, 2);
  table.set({ ...entry, program: 300_001 });
  assert.deepEqual(programs(), [300_000, 300_001]);
  table.unset(300_000, 1, "", "1000");
  assert.deepEqual(programs(), [300_001]);
});
