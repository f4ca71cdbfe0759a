// The import lint finds what it is there to find. Each test lints a small project of its own.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";

const script = new URL("../../../scripts/lint-imports.mjs", import.meta.url);
const { lint: lintProject } = (await import(script.href)) as { lint(project: string): string[] };

/** What the lint says about a project with these files in src/. */
function lint(files: Record<string, string>): { status: number | null; problems: string } {
  const project = mkdtempSync(join(tmpdir(), "lupine-lint-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(project, "src", name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    const problems = lintProject(project);
    return { status: problems.length > 0 ? 1 : 0, problems: problems.join("\n") };
  } finally {
    rmSync(project, { recursive: true });
  }
}

function assertRefused(files: Record<string, string>, problem: RegExp): void {
  const { status, problems } = lint(files);
  assert.match(problems, problem);
  assert.equal(status, 1);
}

const empty = "export {};\n";

test("imports to the left are allowed, and Node's own modules", () => {
  const { status, problems } = lint({
    "xdr/a.ts": 'import { isIP } from "node:net";\nexport const a = isIP;\n',
    "transport/c.ts": 'import "../xdr/a.js";\nexport type C = 1;\n',
    "rpc/b.ts":
      'import { a } from "../xdr/a.js";\nimport type { C } from "../transport/c.js";\nexport type B = [C, typeof a];\n',
    "codegen/v1.ts": 'export * from "../xdr/a.js";\nexport * from "../rpc/b.js";\n',
    "cli/main.ts": 'import "commander";\nimport "../rpc/b.js";\nconsole.log(1);\n',
  });
  assert.equal(problems, "");
  assert.equal(status, 0);
});

test("an import to the right is refused, with file and line", () => {
  assertRefused(
    { "xdr/a.ts": '\nimport "../rpc/b.js";\n', "rpc/b.ts": empty },
    /src\/xdr\/a\.ts:2: imports rpc\/b\.ts\. The room xdr may import base\./,
  );
});

test("a type import counts as an import", () => {
  assertRefused(
    { "xdr/a.ts": 'import type { B } from "../rpc/b.js";\n', "rpc/b.ts": empty },
    /xdr\/a\.ts:1: imports rpc/,
  );
  assertRefused(
    { "xdr/a.ts": 'export type A = import("../rpc/b.js").B;\n', "rpc/b.ts": empty },
    /xdr\/a\.ts:1: imports rpc/,
  );
});

test("re-exports and dynamic imports count as imports", () => {
  assertRefused(
    { "client/a.ts": 'export * from "../server/b.js";\n', "server/b.ts": empty },
    /client\/a\.ts:1: imports server/,
  );
  assertRefused(
    { "client/a.ts": 'await import("../server/b.js");\n', "server/b.ts": empty },
    /client\/a\.ts:1: imports server/,
  );
});

test("rpc may import types from transport, but no values", () => {
  assertRefused(
    { "rpc/a.ts": 'import { c } from "../transport/c.js";\n', "transport/c.ts": empty },
    /only types from transport/,
  );
});

test("directory may import the faces of binding, and nothing inside it", () => {
  const binding = { "binding/index.ts": empty, "binding/ask.ts": empty };
  assert.equal(lint({ ...binding, "directory/a.ts": 'import "../binding/index.js";\n' }).problems, "");
  assertRefused(
    { ...binding, "directory/a.ts": 'import "../binding/ask.js";\n' },
    /directory\/a\.ts:1: imports binding\/ask\.ts\. The room directory may import only binding\/index\.ts and/,
  );
});

test("a cycle is refused and shown, even of type imports inside one room", () => {
  assertRefused(
    {
      "xdr/a.ts": 'import "./b.js";\n',
      "xdr/b.ts": 'import "./c.js";\n',
      "xdr/c.ts": 'import type { A } from "./a.js";\n',
    },
    /import cycle: xdr\/a\.ts -> xdr\/b\.ts -> xdr\/c\.ts -> xdr\/a\.ts/,
  );
});

test("the runtime may import no third-party package", () => {
  assertRefused({ "peer/a.ts": 'import "commander";\n' }, /peer\/a\.ts:1: imports the package "commander"/);
});

test("a test may import testing and fast-check, other files may not", () => {
  const text = 'import "../testing/t.js";\nimport "fast-check";\n';
  assert.equal(lint({ "xdr/a.test.ts": text, "testing/t.ts": empty }).status, 0);
  assertRefused(
    { "xdr/a.ts": text, "testing/t.ts": empty },
    /a\.ts:1: imports testing\/t\.ts[\s\S]*a\.ts:2: imports the package/,
  );
});

test("what tests share may be imported by tests, and by nothing else", () => {
  const support = { "rpc/adder.test-support.ts": 'import "fast-check";\n' };
  const text = 'import "../rpc/adder.test-support.js";\n';
  assert.equal(lint({ ...support, "peer/a.test.ts": text }).status, 0);
  assertRefused(
    { ...support, "peer/a.ts": text },
    /peer\/a\.ts:1: imports rpc\/adder\.test-support\.ts, which is for tests only/,
  );
  assertRefused(
    { "server/b.test-support.ts": empty, "xdr/a.test.ts": 'import "../server/b.test-support.js";\n' },
    /xdr\/a\.test\.ts:1: imports server/,
  );
});

test("a cycle of rooms is refused and shown with its imports, even where no files form one", () => {
  assertRefused(
    {
      "xdr/a.ts": 'import type { B } from "../rpc/b.js";\n',
      "rpc/b.ts": "export type B = 1;\n",
      "rpc/c.ts": 'import "../xdr/a.js";\n',
    },
    /cycle of rooms: rpc -> xdr -> rpc \(rpc\/c\.ts imports xdr\/a\.ts; xdr\/a\.ts imports rpc\/b\.ts\)/,
  );
});

test("generated code may import codegen/v1 only, and only in a room above it", () => {
  assert.equal(lint({ "binding/a.gen.ts": 'import "../codegen/v1.js";\n', "codegen/v1.ts": empty }).status, 0);
  assertRefused(
    { "binding/a.gen.ts": 'import "../xdr/b.js";\n', "xdr/b.ts": empty },
    /Generated code may import codegen\/v1\.ts only/,
  );
  assertRefused(
    { "rpc/a.gen.ts": 'import "../codegen/v1.js";\n', "codegen/v1.ts": empty },
    /rpc\/a\.gen\.ts:1: .*The room rpc may have no generated files/,
  );
  assertRefused(
    { "binding/a.ts": 'import "../codegen/v1.js";\n', "codegen/v1.ts": empty },
    /binding\/a\.ts:1: imports codegen\/v1/,
  );
});

test("the runtime may not print", () => {
  assertRefused({ "server/a.ts": "console.error(1);\n" }, /server\/a\.ts:1: uses console/);
  assertRefused({ "server/a.ts": "process.stdout.write('');\n" }, /server\/a\.ts:1: uses process\.stdout/);
});

test("a room that the table does not know is refused", () => {
  assertRefused({ "helpers/a.ts": empty }, /room "helpers" is not in the table/);
});

test("an import of a file that is not there is refused", () => {
  assertRefused({ "xdr/a.ts": 'import "./gone.js";\n' }, /imports xdr\/gone\.ts, which does not exist/);
});

test("time, timers and chance come from the clock", () => {
  const uses = {
    "Date.now": "export const a = Date.now();",
    "new Date": "export const a = new Date();",
    "performance.now": "export const a = performance.now();",
    "Math.random": "export const a = Math.random;",
    setTimeout: "setTimeout(() => {}, 1);",
    clearInterval: "clearInterval(undefined);",
    "node:timers/promises": 'import { setTimeout as sleep } from "node:timers/promises";\nawait sleep(1);',
    "randomBytes of node:crypto": 'import { createHash, randomBytes } from "node:crypto";\ncreateHash(randomBytes(1));',
    "crypto.randomUUID": "export const a = crypto.randomUUID();",
  };
  for (const [what, text] of Object.entries(uses)) {
    const { problems } = lint({ "transport/a.ts": `${text}\nexport {};\n` });
    assert.ok(problems.includes(`src/transport/a.ts:1: uses ${what}`), `${what}: ${problems}`);
  }
});

test("the runtime may not use AbortSignal.any, which leaks at signals that live longer", () => {
  for (const text of ["AbortSignal.any([])", 'AbortSignal["any"]([])'])
    assertRefused(
      { "client/a.ts": `export const a = ${text};\n` },
      /client\/a\.ts:1: uses AbortSignal\.any.* linkSignals/,
    );
  const others = "export const a = [AbortSignal.abort(), AbortSignal.timeout(1)];\n";
  const inTest = "export const a = AbortSignal.any([]);\n";
  assert.deepEqual(lint({ "client/a.ts": others, "client/a.test.ts": inTest }), { status: 0, problems: "" });
});

test("what looks like time but is none, what tests and commands do, and the clock itself pass", () => {
  const files = {
    "base/clock.ts": "export const clock = { setTimeout: () => 1, now: () => Date.now() };\n",
    "client/a.ts":
      'import { clock } from "../base/clock.js";\nexport const a = [clock.setTimeout(), new Date(1), Math.max(1)];\n',
    "client/a.test.ts": "export const a = performance.now();\n",
    "directory/a.ts": 'import { createHmac } from "node:crypto";\nexport const a = createHmac;\n',
    "cli/main.ts": "setTimeout(() => {}, 1);\nexport {};\n",
  };
  assert.deepEqual(lint(files), { status: 0, problems: "" });
});
