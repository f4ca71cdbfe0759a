// Formatting an interface changes nothing in what it compiles to but the line numbers in comments.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { interfaceText } from "../idl/format/arbitrary.test-support.js";
import { formatText } from "../idl/format/index.js";
import { compileInterface } from "../idl/index.js";
import { countOf, someOf } from "../testing/count-of.test-support.js";
import fc from "../testing/fast-check.test-support.js";
import { generate } from "./index.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The generated text, or what is wrong, without places. */
function output(text: string): string {
  const { module, diagnostics } = compileInterface({ file: "x.x", text });
  if (module === undefined) return diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n");
  return generate(module).replace(/x\.x:\d+/g, "x.x");
}

function interfacesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return /^(?:node_modules|build|dist|faults|\..*)$/.test(entry.name) ? [] : interfacesIn(path);
    return entry.isFile() && entry.name.endsWith(".x") ? [path] : [];
  });
  return found;
}

test("formatting random interfaces leaves the generated code as it was", () => {
  fc.assert(
    fc.property(interfaceText, (text) => {
      assert.equal(output(formatText(text)), output(text));
    }),
    { numRuns: Number(process.env["LUPINE_PROPERTY_RUNS"] ?? countOf(200, 10)) },
  );
});

test("formatting the interfaces of this project and of the system leaves the generated code as it was", () => {
  const own = ["src", "examples", "templates", "test", "bench"].flatMap((folder) => interfacesIn(join(root, folder)));
  assert.ok(own.length > 8, "the project has interfaces");
  const systems = ["/usr/include/rpcsvc", "/usr/include/tirpc"].flatMap(interfacesIn);
  for (const path of someOf([...own, ...systems], 8)) {
    const text = readFileSync(path, "latin1");
    const once = formatText(text);
    assert.equal(formatText(once), once, path);
    assert.equal(output(once), output(text), path);
  }
});
