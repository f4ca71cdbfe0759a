// Random values of every type cross into rpcgen's C and back, and from C to us and back: the same bytes, and the same
// values by field name. LUPINE_CODEC_VALUES is the number of values of each type, either way (default 100).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { interfaceOf } from "lupine/dynamic";
import { brokenInC, ownInterfaces, refusedByRpcgen, systemInterfaces } from "../compiler/corpus.js";
import { project } from "../harness/compile.js";
import { peerTest } from "../harness/peers.js";
import { assertCReads, assertOursAgree, assertWeRead } from "./agree.js";
import { CCodec } from "./c-codec.js";
import { codedTypes } from "./c-printer.js";
import { codecOf, generatedTypes, moduleOf } from "./ours.js";

// Numbers in place of references have to fit their table: graphs have tests of their own, test/conformance/graph.test.ts for the generated
// and the dynamic codec, test/interop/graph.long.test.ts for C.
const hasReferences = (file: string): boolean => /@ref\b/.test(readFileSync(resolve(project, file), "utf8"));

for (const file of [...ownInterfaces(), ...systemInterfaces()]) {
  if (hasReferences(file)) continue;
  const module = moduleOf(file);
  // libtirpc has its own codec of `netbuf`, for files that do not define it.
  const types = codedTypes(module).filter(({ name }) => name !== "netbuf" || file.startsWith("src/"));
  if (types.length === 0) continue;

  test(`the generated and the dynamic codec of ${file} agree on random values`, async () => {
    const generated = await generatedTypes(module);
    const dynamic = interfaceOf(module).types;
    for (const type of types) {
      const other = dynamic.get(type.name);
      assert.ok(other, type.name);
      assertOursAgree(type, codecOf(generated, type), other);
    }
  });

  if (refusedByRpcgen.has(file)) continue;
  if (brokenInC.has(file)) {
    peerTest(`rpcgen's C of ${file} does not compile: ${brokenInC.get(file)}`, ["c"], async () => {
      assert.throws(() => new CCodec(file, types));
    });
    continue;
  }
  peerTest(`rpcgen's C and the generated codec of ${file} agree on random values`, ["c"], async () => {
    const generated = await generatedTypes(module);
    const c = new CCodec(file, types);
    try {
      for (const type of types) {
        await assertCReads(type, codecOf(generated, type), c);
        await assertWeRead(type, codecOf(generated, type), c);
      }
    } finally {
      c.close();
    }
  });
}
