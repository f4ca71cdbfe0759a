// The compiled code that `lupine --help`, `encode` and `decode` keep in the user's cache folder.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const bundled = join(root, "bundle", "cli");
const numbers = [join(root, "examples", "add", "add.x"), "numbers"];
const right = "0000000100000002\n";
const { NODE_OPTIONS, NODE_V8_COVERAGE, NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE, ...env } = process.env;

/** A copy of the command with a home of its own, in which a test may change files. */
class Copy implements Disposable {
  readonly home = mkdtempSync(join(tmpdir(), "lupine-code-cache-"));
  readonly main = join(this.home, "bundle", "cli", "main.cjs");
  readonly offline = join(dirname(this.main), "offline.cjs");
  readonly base = join(this.home, "caches");
  readonly folder = join(this.base, "lupine");
  env: NodeJS.ProcessEnv = { ...env, HOME: this.home, XDG_CACHE_HOME: this.base, LOCALAPPDATA: this.base };

  constructor() {
    mkdirSync(dirname(this.main), { recursive: true });
    writeFileSync(join(this.home, "package.json"), '{ "type": "module", "version": "1.2.3" }');
    for (const name of ["main.cjs", "offline.cjs", "offline-late.cjs", "overview.cjs"]) {
      copyFileSync(join(bundled, name), join(dirname(this.main), name));
    }
  }

  run(...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { env: this.env, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, "");
    return stdout;
  }

  encode(...flags: readonly string[]): string {
    return this.run(...flags, this.main, "encode", ...numbers, '{"a":1,"b":2}');
  }

  /** The names of the files in the cache, without version and path. */
  kept(): string[] {
    return existsSync(this.folder) ? readdirSync(this.folder).map((name) => name.split("-")[0] as string) : [];
  }

  /** The path of the only file in the cache. */
  cache(): string {
    const names = readdirSync(this.folder);
    assert.equal(names.length, 1, names.join());
    return join(this.folder, names[0] as string);
  }

  [Symbol.dispose]() {
    rmSync(this.home, { recursive: true });
  }
}

test("a command keeps its compiled code, and V8 accepts it in the next run", () => {
  using copy = new Copy();
  assert.equal(copy.encode(), right);
  const cache = copy.cache();
  assert.match(basename(cache), /^encode-v/);
  assert.ok(statSync(cache).size > 100_000);
  const { href } = pathToFileURL(join(root, "dist", "cli", "code-cache.js"));
  const code = `import vm from "node:vm"; import { syncBuiltinESMExports } from "node:module";
    const { Script } = vm;
    vm.Script = class extends Script {
      constructor(...all) { super(...all); console.log(all[1].cachedData?.length > 100_000, this.cachedDataRejected); }
    };
    syncBuiltinESMExports();
    const { runFile } = await import(${JSON.stringify(href)});
    const { exports } = runFile(${JSON.stringify(copy.offline)}, "encode");
    await exports.runCommandLine(${JSON.stringify(["encode", ...numbers, '{"a":1,"b":2}'])});`;
  assert.equal(copy.run("--input-type=module", "--eval", code), `true false\n${right}`);
});

test("help, version, encode and decode have compiled code each; a command that fails keeps none", () => {
  using copy = new Copy();
  copy.run(copy.main, "--version");
  copy.run(copy.main, "--help");
  copy.run(copy.main, "decode", ...numbers, "0000000100000002");
  assert.equal(spawnSync(process.execPath, [copy.main, "encode", "none.x", "none", "1"], { env: copy.env }).status, 2);
  assert.deepEqual(copy.kept().sort(), ["decode", "help", "version"]);
});

test("compiled code that V8 does not accept, or that is missing, changes nothing but the time", () => {
  using copy = new Copy();
  assert.equal(copy.encode("--no-lazy-feedback-allocation"), right, "with a flag");
  assert.deepEqual(copy.kept(), [], "runs with flags of V8 keep nothing");
  assert.equal(copy.encode(), right);
  const size = statSync(copy.cache()).size;
  assert.equal(copy.encode("--no-lazy-feedback-allocation"), right, "other flags");
  for (const part of [size >> 1, 10, 0]) {
    truncateSync(copy.cache(), part);
    assert.equal(copy.encode(), right, `${part} bytes of it`);
    assert.ok(statSync(copy.cache()).size > 0.9 * size, "it is written again");
  }
});

test("compiled code of a changed file is not used", () => {
  using copy = new Copy();
  assert.equal(copy.encode(), right);
  const text = readFileSync(copy.offline, "utf8");
  writeFileSync(copy.offline, text.replace("__dirname) {", "__dirname) {console.log('changed');"));
  assert.match(copy.encode(), /^changed\n/);
});

test("NODE_DISABLE_COMPILE_CACHE keeps and uses nothing, NODE_COMPILE_CACHE chooses the folder", () => {
  using copy = new Copy();
  copy.env = { ...copy.env, NODE_DISABLE_COMPILE_CACHE: "1" };
  assert.equal(copy.encode(), right);
  assert.deepEqual(copy.kept(), []);
  const chosen = join(copy.home, "chosen");
  copy.env = { ...copy.env, NODE_DISABLE_COMPILE_CACHE: "", NODE_COMPILE_CACHE: chosen };
  assert.equal(copy.encode(), right);
  assert.deepEqual(copy.kept(), []);
  assert.equal(readdirSync(join(chosen, "lupine")).length, 1);
});

test("a folder that cannot be written, or is writable by others, or is a link, is left alone", () => {
  using copy = new Copy();
  writeFileSync(copy.base, "a file where the folder would be");
  assert.equal(copy.encode(), right);
  rmSync(copy.base);
  mkdirSync(copy.folder, { recursive: true });
  chmodSync(copy.folder, 0o777);
  assert.equal(copy.encode(), right);
  assert.deepEqual(copy.kept(), []);
  rmSync(copy.folder, { recursive: true });
  const target = join(copy.home, "target");
  mkdirSync(target, { mode: 0o700 });
  symlinkSync(target, copy.folder);
  assert.equal(copy.encode(), right);
  assert.deepEqual(readdirSync(target), []);
});

test("compiled code that others can write is not used", () => {
  using copy = new Copy();
  assert.equal(copy.encode(), right);
  const cache = copy.cache();
  writeFileSync(cache, readFileSync(cache).subarray(0, -8));
  chmodSync(cache, 0o666);
  assert.equal(copy.encode(), right);
  assert.equal(statSync(cache).mode & 0o777, 0o600, "it is written again");
});

test("root keeps nothing in the home of another user", (t) => {
  if (process.geteuid?.() !== 0) return t.skip("needs root");
  using copy = new Copy();
  mkdirSync(copy.base);
  assert.equal(spawnSync("chown", ["65534", copy.base]).status, 0);
  assert.equal(copy.encode(), right);
  assert.deepEqual(copy.kept(), []);
});

test("the cache starts anew when it has 32 files", () => {
  using copy = new Copy();
  mkdirSync(copy.folder, { recursive: true, mode: 0o700 });
  for (let at = 0; at < 32; at++) writeFileSync(join(copy.folder, `encode-v20.0.0-x64-${at}`), "");
  assert.equal(copy.encode(), right);
  assert.equal(copy.kept().length, 1);
});

test("a configuration in TypeScript or JavaScript is loaded by compiled code", () => {
  using copy = new Copy();
  const file = join(copy.home, "word.x");
  writeFileSync(file, "typedef WORD word;");
  for (const [name, text] of [
    [
      "ts",
      'import { defineConfig } from "lupine/codegen";\nexport default defineConfig({ symbols: { WORD: "int" } });',
    ],
    ["js", 'export default { symbols: { WORD: "hyper" } };'],
  ] as const) {
    const config = join(copy.home, `lupine.config.${name}`);
    writeFileSync(config, text);
    for (const run of ["compiled", "from the cache"]) {
      const bytes = copy.run(join(bundled, "main.cjs"), "encode", file, "word", "5");
      assert.equal(bytes, name === "ts" ? "00000005\n" : "0000000000000005\n", `${name}, ${run}`);
    }
    rmSync(config);
  }
});

test("encode loads no sockets and no child processes", () => {
  using copy = new Copy();
  const found = join(dirname(copy.main), "modules");
  const report = `import { writeFileSync } from "node:fs";
    process.on("exit", () => writeFileSync(${JSON.stringify(found)}, process.moduleLoadList.join()));`;
  const args = ["--import", `data:text/javascript,${encodeURIComponent(report)}`, copy.main, "encode", ...numbers];
  // Node itself loads sockets for a pipe.
  const { status } = spawnSync(process.execPath, [...args, '{"a":1,"b":2}'], { env: copy.env, stdio: "ignore" });
  assert.equal(status, 0);
  const modules = readFileSync(found, "utf8").split(",");
  assert.ok(modules.includes("NativeModule fs"));
  assert.deepEqual(
    modules.filter((name) => /^NativeModule (net|child_process|dgram|tls)$/.test(name)),
    [],
  );
});
