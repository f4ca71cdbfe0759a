import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

// In a process of its own: the module takes Node's functions when it is loaded.
const withoutNodesOwn = `
import assert from "node:assert/strict";
const { utf8Slice, utf8Write } = Buffer.prototype;
delete Buffer.prototype.utf8Slice;
delete Buffer.prototype.utf8Write;
const { readUtf8, writeUtf8 } = await import(process.argv[1]);
// This Node's Buffer.write calls them itself.
Object.assign(Buffer.prototype, { utf8Slice, utf8Write });
const buffer = Buffer.alloc(64, 0x78);
for (const text of ["", "plain", "Grüße, 世界 🌍", "a real \\uFFFD"]) {
  const size = writeUtf8(buffer, 5, text);
  assert.equal(size, Buffer.byteLength(text));
  assert.equal(readUtf8(buffer, 5, 5 + size), text);
  assert.equal(buffer[4], 0x78);
  assert.equal(buffer[5 + size], 0x78);
  buffer.fill(0x78);
}
assert.equal(readUtf8(Buffer.from([0x61, 0xff]), 0, 2), undefined);
process.stdout.write("same");
`;

test("text is the same on a Node without the undocumented functions that make it fast", () => {
  const module = new URL("./text.js", import.meta.url).href;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", withoutNodesOwn, module]);
  assert.equal(output.toString(), "same");
});
