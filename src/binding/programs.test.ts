import assert from "node:assert/strict";
import { test } from "node:test";
import type { Program } from "../rpc/program.js";
import { portmapProgram } from "./portmap/client.js";
import { PMAP_VERS } from "./portmap/portmap.gen.js";
import { rpcbindProgram } from "./rpcbind/client.js";
import { RPCBVERS, RPCBVERS4 } from "./rpcbind/rpcbind.gen.js";

const pairs: [asked: Program, whole: Program][] = [
  [portmapProgram(), PMAP_VERS],
  [rpcbindProgram(3), RPCBVERS],
  [rpcbindProgram(4), RPCBVERS4],
];

for (const [asked, whole] of pairs) {
  test(`what is asked of a binder in version ${whole.version} is as its interface file has it`, () => {
    const { procedures, ...program } = asked;
    assert.ok(Object.keys(procedures).length > 3);
    for (const [method, { name, number, args, result }] of Object.entries(procedures)) {
      const declared = whole.procedures[method];
      assert.deepEqual([name, number], [declared?.name, declared?.number]);
      assert.deepEqual([args.shape, result.shape], [declared?.args.shape, declared?.result.shape]);
    }
    assert.deepEqual({ ...program, procedures: whole.procedures }, whole);
  });
}
