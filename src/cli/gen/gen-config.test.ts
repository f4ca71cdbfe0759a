// lupine.config.ts and the flags that mirror it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type Outcome, lupine as runLupine } from "../command.test-support.js";

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

function lupine(...args: readonly string[]): Promise<Outcome> {
  return runLupine([...args], { cwd: folder });
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

test("lupine.config.ts says which interfaces are compiled, where to, and how, before anything is installed", async () => {
  write("lupine.config.ts", config);
  const { code, stdout, stderr } = await lupine("gen");
  assert.deepEqual([code, stdout, stderr], [0, "made/x.gen.ts\n", ""]);
  assertHas(read("made/x.gen.ts"), "export type size3 = number;", 'UnknownMember<"color">', "next: entry | null;");
});

test("a configuration may be JavaScript or JSON, and is found from a folder below", async () => {
  for (const [name, content] of [
    ["lupine.config.json", '{ "interfaces": ["x.x"], "string": "bytes" }'],
    ["lupine.config.mjs", 'export default { interfaces: ["x.x"], string: "bytes" };'],
  ] as const) {
    write(name, content);
    mkdirSync(join(folder, "below"), { recursive: true });
    const run = await runLupine(["gen"], { cwd: join(folder, "below") });
    assert.equal(run.code, 0, run.stderr);
    assertHas(read("x.gen.ts"), "name: Uint8Array<ArrayBuffer>;");
    rmSync(join(folder, name));
    rmSync(join(folder, "x.gen.ts"));
  }
});

test("flags win over the configuration, and --no-config does without it", async () => {
  write("lupine.config.ts", config);
  assert.equal((await lupine("gen", "--list", "array", "--type", "size3:hyper=bigint", "-o", "-", "x.x")).code, 0);
  assertHas(
    (await lupine("gen", "--list", "array", "-o", "-", "x.x")).stdout,
    "entry: XdrType<entry[]>",
    "size3 = number",
  );
  assertHas((await lupine("gen", "--type", "size3:hyper=bigint", "-o", "-", "x.x")).stdout, "size3 = bigint");
  assertHas((await lupine("gen", "--no-config", "-o", "-", "x.x")).stdout, "size3 = bigint");
  assert.equal((await lupine("gen", "--no-config")).code, 2);
});

test("every option has a flag", async () => {
  const made = async (...flags: string[]) => {
    const { stdout, stderr, code } = await lupine("gen", ...flags, "-o", "-", "x.x");
    assert.equal(code, 0, stderr);
    return stdout;
  };
  assertHas(await made("--hyper", "number"), "size3 = number");
  assertHas(await made("--string", "latin1"), "readLatin1(");
  assertHas(await made("--enum", "open"), "UnknownMember");
  assertHas(await made("--fields", "camelCase"), "theSize: size3;");
  assertHas(await made("--type", "entry.name:string=bytes"), "name: Uint8Array<ArrayBuffer>;");
  assertHas(await made("--naming", "verbatim"), "ADD: Procedure<");
  assertHas(await made("--compat", "rpcgen"), "add_1: Procedure<", "export function V_svc(", "add_1: (...args) =>");
});

test("--target js writes JavaScript with declarations, and --check looks at both", async () => {
  assert.equal((await lupine("gen", "--target", "js", "x.x")).stdout, "x.gen.js\nx.gen.d.ts\n");
  assertHas(read("x.gen.d.ts"), "export declare const entry: XdrType<entry[]>;");
  assert.ok(!read("x.gen.js").includes("XdrType"));
  assert.equal(spawnSync(process.execPath, ["--check", join(folder, "x.gen.js")]).status, 0);
  assert.equal((await lupine("gen", "--target", "js", "--check", "x.x")).code, 0);
  write("x.gen.d.ts", "");
  assert.match((await lupine("gen", "--target", "js", "--check", "x.x")).stderr, /x\.gen\.d\.ts is stale/);
});

test("--import-extension decides how the scaffold imports the generated file", async () => {
  await lupine("gen", "-a", "--import-extension", "ts", "x.x");
  assertHas(read("server.ts"), 'from "./x.gen.ts";');
});

test("unknown types and options are errors that say what was meant, and nothing is written", async () => {
  const fails = async (content: string, message: RegExp) => {
    write("lupine.config.mjs", `export default ${content}`);
    const { code, stderr } = await lupine("gen", "x.x");
    assert.equal(code, 2);
    assert.match(stderr, message);
    assert.ok(!existsSync(join(folder, "x.gen.ts")));
  };
  await fails('{ types: { siz3: { hyper: "number" } } }', /there is no type "siz3" in x\.x: did you mean "size3"\?/);
  await fails('{ types: { color: { hyper: "number" } } }', /"color" declares no hyper/);
  await fails('{ hypr: "number" }', /there is no option "hypr": did you mean "hyper"\?/);
  await fails('{ hyper: "numbr" }', /"hyper" cannot be "numbr": did you mean "number"\?/);
  await fails('{ types: { size3: { hyperr: "number" } } }', /did you mean "hyper"\?.*size3/);
  await fails("{ interfaces: 1 }", /"interfaces" must be an array/);
  await fails("[1", /lupine\.config\.mjs cannot be loaded/);
});

test("--type is told how to be written", async () => {
  assert.match((await lupine("gen", "--type", "size3", "x.x")).stderr, /size3:hyper=number/);
  assert.match((await lupine("gen", "--type", "size3:hyper=big", "x.x")).stderr, /"hyper" cannot be "big"/);
});
