// lupine.config.ts and the flags that mirror it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("./main.js", import.meta.url));
const text = `
  enum color { RED = 0 };
  typedef hyper size3;
  struct entry { size3 the_size; string name<>; entry *next; };
  program P { version V { color ADD(entry) = 1; } = 1; } = 0x20000001;`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lupine-config-"));
  write("package.json", "{}");
  write("x.x", text);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function lupine(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: "utf8" });
}

function write(name: string, content: string): void {
  writeFileSync(join(folder, name), content);
}

function read(name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

function assertHas(content: string, ...parts: readonly string[]): void {
  for (const part of parts) assert.ok(content.includes(part), `${part}\nis not in\n${content}`);
}

const config = `import { defineConfig } from "lupine/codegen";
const kind: string = "number";
export default defineConfig({
  interfaces: ["x.x"],
  out: "made",
  list: "nested",
  types: { size3: { hyper: kind as "number" }, color: { enum: "open" } },
});`;

test("lupine.config.ts says which interfaces are compiled, where to, and how, before anything is installed", () => {
  write("lupine.config.ts", config);
  const { status, stdout, stderr } = lupine("gen");
  assert.deepEqual([status, stdout, stderr], [0, "made/x.gen.ts\n", ""]);
  assertHas(read("made/x.gen.ts"), "export type size3 = number;", 'UnknownMember<"color">', "next: entry | null;");
});

test("a configuration may be JavaScript or JSON, and is found from a folder below", () => {
  for (const [name, content] of [
    ["lupine.config.json", '{ "interfaces": ["x.x"], "string": "bytes" }'],
    ["lupine.config.mjs", 'export default { interfaces: ["x.x"], string: "bytes" };'],
  ] as const) {
    write(name, content);
    mkdirSync(join(folder, "below"), { recursive: true });
    const run = spawnSync(process.execPath, [main, "gen"], { cwd: join(folder, "below"), encoding: "utf8" });
    assert.equal(run.status, 0, run.stderr);
    assertHas(read("x.gen.ts"), "name: Uint8Array<ArrayBuffer>;");
    rmSync(join(folder, name));
    rmSync(join(folder, "x.gen.ts"));
  }
});

test("flags win over the configuration, and --no-config does without it", () => {
  write("lupine.config.ts", config);
  assert.equal(lupine("gen", "--list", "array", "--type", "size3:hyper=bigint", "-o", "-", "x.x").status, 0);
  assertHas(lupine("gen", "--list", "array", "-o", "-", "x.x").stdout, "entry: XdrType<entry[]>", "size3 = number");
  assertHas(lupine("gen", "--type", "size3:hyper=bigint", "-o", "-", "x.x").stdout, "size3 = bigint");
  assertHas(lupine("gen", "--no-config", "-o", "-", "x.x").stdout, "size3 = bigint");
  assert.equal(lupine("gen", "--no-config").status, 2);
});

test("every option has a flag", () => {
  const made = (...flags: string[]) => {
    const { stdout, stderr, status } = lupine("gen", ...flags, "-o", "-", "x.x");
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assertHas(made("--hyper", "number"), "size3 = number");
  assertHas(made("--string", "latin1"), "readLatin1(");
  assertHas(made("--enum", "open"), "UnknownMember");
  assertHas(made("--fields", "camelCase"), "theSize: size3;");
  assertHas(made("--type", "entry.name:string=bytes"), "name: Uint8Array<ArrayBuffer>;");
  assertHas(made("--naming", "verbatim"), "ADD: Procedure<");
  assertHas(made("--compat", "rpcgen"), "add_1: Procedure<", "export function V_svc(", "add_1: (...args) =>");
});

test("--target js writes JavaScript with declarations, and --check looks at both", () => {
  assert.equal(lupine("gen", "--target", "js", "x.x").stdout, "x.gen.js\nx.gen.d.ts\n");
  assertHas(read("x.gen.d.ts"), "export declare const entry: XdrType<entry[]>;");
  assert.ok(!read("x.gen.js").includes("XdrType"));
  assert.equal(spawnSync(process.execPath, ["--check", join(folder, "x.gen.js")]).status, 0);
  assert.equal(lupine("gen", "--target", "js", "--check", "x.x").status, 0);
  write("x.gen.d.ts", "");
  assert.match(lupine("gen", "--target", "js", "--check", "x.x").stderr, /x\.gen\.d\.ts is stale/);
});

test("--import-extension decides how the scaffold imports the generated file", () => {
  lupine("gen", "-a", "--import-extension", "ts", "x.x");
  assertHas(read("server.ts"), 'from "./x.gen.ts";');
});

test("unknown types and options are errors that say what was meant, and nothing is written", () => {
  const fails = (content: string, message: RegExp) => {
    write("lupine.config.mjs", `export default ${content}`);
    const { status, stderr } = lupine("gen", "x.x");
    assert.equal(status, 2);
    assert.match(stderr, message);
    assert.ok(!existsSync(join(folder, "x.gen.ts")));
  };
  fails('{ types: { siz3: { hyper: "number" } } }', /there is no type "siz3" in x\.x: did you mean "size3"\?/);
  fails('{ types: { color: { hyper: "number" } } }', /"color" declares no hyper/);
  fails('{ hypr: "number" }', /there is no option "hypr": did you mean "hyper"\?/);
  fails('{ hyper: "numbr" }', /"hyper" cannot be "numbr": did you mean "number"\?/);
  fails('{ types: { size3: { hyperr: "number" } } }', /did you mean "hyper"\?.*size3/);
  fails("{ interfaces: 1 }", /"interfaces" must be an array/);
  fails("[1", /lupine\.config\.mjs cannot be loaded/);
});

test("--type is told how to be written", () => {
  assert.match(lupine("gen", "--type", "size3", "x.x").stderr, /size3:hyper=number/);
  assert.match(lupine("gen", "--type", "size3:hyper=big", "x.x").stderr, /"hyper" cannot be "big"/);
});
