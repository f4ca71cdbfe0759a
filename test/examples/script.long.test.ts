// `npm run example`: both processes of an example in one terminal.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "../interop/harness/processes.js";

const script = fileURLToPath(new URL("../../../scripts/example.mjs", import.meta.url));

test("an example runs with what its server and its client print", async () => {
  const { status, output } = await run(process.execPath, [script, "add", "20", "22"]);
  assert.equal(status, 0, output);
  const printed = output.trimEnd().split("\n");
  const lines = printed.filter((line) => line !== "" && !/^(Compiling|Bundling)/.test(line)).sort();
  assert.equal(lines.length, 3, output);
  assert.equal(lines[0], "client | Result:42");
  assert.equal(lines[1], "server | add(20,22) is called");
  assert.match(lines[2] ?? "", /^server \| listening at tcp:/);
});

for (const variant of [
  "asymmetric-blocking",
  "asymmetric-nonblocking",
  "symmetric-blocking",
  "symmetric-nonblocking",
]) {
  test(`a listener and two workers answer the client of the example messages-${variant}`, async () => {
    const { status, output } = await run(process.execPath, [script, `messages-${variant}`, "hello", "world"]);
    assert.equal(status, 0, output);
    const answers = output.split("\n").filter((line) => line.startsWith("client | "));
    assert.deepEqual(answers.sort(), ["client | HELLO (from worker-1)", "client | WORLD (from worker-2)"]);
  });
}

test("an example that has no server runs alone", async () => {
  const { status, output } = await run(process.execPath, [script, "byte-order"]);
  assert.equal(status, 0, output);
  assert.match(output, /5 and "LLIJ"/);
});

test("an example that there is not is answered with those that there are", async () => {
  const { status, output } = await run(process.execPath, [script, "nowhere"]);
  assert.equal(status, 2);
  const examples = readdirSync(new URL("../../../examples", import.meta.url), { withFileTypes: true });
  const names = examples.filter((one) => one.isDirectory()).map(({ name }) => name);
  assert.ok(names.includes("add"));
  assert.equal(output, `There is no example "nowhere": ${names.join(", ")}\n`);
});
