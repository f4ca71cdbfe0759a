// What V8 has compiled of `lupine encode` and `decode`, which the build keeps beside their file.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const bundled = join(root, "bundle", "cli");
const offline = join(bundled, "offline.cjs");
const cache = readdirSync(bundled).find((name) => name.endsWith(".cache")) ?? "none";
const numbers = [join(root, "examples", "add", "add.x"), "numbers"];
const { NODE_OPTIONS, NODE_V8_COVERAGE, ...env } = process.env;

/** Runs Node without the flags of this process. */
function node(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, "");
  return stdout;
}

const encode = (main: string, ...flags: readonly string[]) =>
  node(...flags, main, "encode", ...numbers, '{"a":1,"b":2}');

/** Runs statements in a process with `file` of code-cache.ts, and what it finds for the offline commands. */
function inProcess(statements: string): unknown {
  const { href } = pathToFileURL(join(root, "dist", "cli", "code-cache.js"));
  const start = `import { readFileSync } from "node:fs";
    import { codeCacheOf, runFile } from ${JSON.stringify(href)};
    const [file, ...numbers] = ${JSON.stringify([offline, ...numbers])};
    const cache = readFileSync(codeCacheOf(file));`;
  return JSON.parse(node("--input-type=module", "--eval", `${start}\n${statements}`).split("\n").at(-1) ?? "");
}

/** A copy of the command, in which a test may change files. */
class Copy implements Disposable {
  readonly #home = mkdtempSync(join(tmpdir(), "lupine-code-cache-"));
  readonly main = join(this.#home, "bundle", "cli", "main.js");
  readonly offline = join(dirname(this.main), "offline.cjs");
  readonly cache = join(dirname(this.main), cache);

  constructor() {
    mkdirSync(dirname(this.main), { recursive: true });
    writeFileSync(join(this.#home, "package.json"), '{ "type": "module", "version": "1.2.3" }');
    for (const path of [this.main, this.offline, this.cache]) copyFileSync(join(bundled, basename(path)), path);
  }

  [Symbol.dispose]() {
    rmSync(this.#home, { recursive: true });
  }
}

test("V8 accepts what the build has compiled of encode and decode, and compiles nothing of it again", () => {
  const { isRejected, made, after } = inProcess(`
    const { exports, script } = runFile(file, cache);
    await exports.runCommandLine(["encode", ...numbers, '{"a":1,"b":2}']);
    await exports.runCommandLine(["decode", ...numbers, "0000000100000002"]);
    const figures = { isRejected: script.cachedDataRejected, made: cache.length, after: script.createCachedData().length };
    process.stdout.write(JSON.stringify(figures));`) as { isRejected: boolean; made: number; after: number };
  assert.equal(isRejected, false);
  assert.ok(after < 1.01 * made, `${after} bytes are compiled after the commands, and ${made} were before`);
});

test("compiled code that V8 does not accept, or that is missing, changes nothing but the time", () => {
  using copy = new Copy();
  const right = "0000000100000002\n";
  assert.equal(encode(copy.main), right);
  assert.equal(encode(copy.main, "--no-lazy-feedback-allocation"), right, "other flags");
  truncateSync(copy.cache, statSync(copy.cache).size >> 1);
  assert.equal(encode(copy.main), right, "half of it");
  truncateSync(copy.cache, 0);
  assert.equal(encode(copy.main), right, "nothing of it");
  rmSync(copy.cache);
  assert.equal(encode(copy.main), right, "no file");
});

test("compiled code of another file is not used", () => {
  using copy = new Copy();
  const text = readFileSync(copy.offline, "utf8");
  writeFileSync(copy.offline, `console.log("changed");\n${text}`);
  assert.match(encode(copy.main), /^changed\n/);
});

test("a configuration in TypeScript or JavaScript is loaded by the compiled code", () => {
  using copy = new Copy();
  const home = dirname(copy.main);
  const file = join(home, "word.x");
  writeFileSync(file, "typedef WORD word;");
  for (const [name, text] of [
    [
      "ts",
      'import { defineConfig } from "lupine/codegen";\nexport default defineConfig({ symbols: { WORD: "int" } });',
    ],
    ["js", 'export default { symbols: { WORD: "hyper" } };'],
  ] as const) {
    const config = join(home, `lupine.config.${name}`);
    writeFileSync(config, text);
    const bytes = node(join(bundled, "main.js"), "encode", file, "word", "5");
    assert.equal(bytes, name === "ts" ? "00000005\n" : "0000000000000005\n");
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
  const { status } = spawnSync(process.execPath, [...args, '{"a":1,"b":2}'], { env, stdio: "ignore" });
  assert.equal(status, 0);
  const modules = readFileSync(found, "utf8").split(",");
  assert.ok(modules.includes("NativeModule fs"));
  assert.deepEqual(
    modules.filter((name) => /^NativeModule (net|child_process|dgram|tls)$/.test(name)),
    [],
  );
});
