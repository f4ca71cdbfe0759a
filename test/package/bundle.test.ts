// bundle/, which Node loads in place of dist/: the same names, the same classes through every entry point, few files.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, string | { types: string; module: string; default: string }>;
};
const doors = Object.entries(exports).flatMap(([name, target]) =>
  typeof target === "string" ? [] : [{ name, ...target }],
);
const load = (path: string): Promise<Record<string, unknown>> => import(pathToFileURL(join(root, path)).href);

test("every entry point exports from its bundle what it exports from its files, under the same names", async () => {
  assert.ok(doors.length >= 20);
  for (const { name, module, default: bundled } of doors) {
    const [files, ours] = [await load(module), await load(bundled)];
    assert.deepEqual(Object.keys(ours), Object.keys(files), name);
    for (const [key, value] of Object.entries(files)) {
      const other = ours[key];
      assert.equal(typeof other, typeof value, `${name} ${key}`);
      // console.log shows the name of a value's class, and so do stacks.
      if (typeof value === "function" && /^[A-Z]/.test(key)) assert.equal((other as typeof value).name, value.name);
    }
  }
});

test("a class or function is the same one through every bundled entry point", async () => {
  const homes = new Map<unknown, string>();
  for (const { default: bundled, module } of doors) {
    const [files, ours] = [await load(module), await load(bundled)];
    for (const [key, value] of Object.entries(files)) {
      if (typeof value !== "function") continue;
      const known = homes.get(value);
      if (known === undefined) homes.set(value, `${bundled} ${key}`);
      else {
        const [path = "", name = ""] = known.split(" ");
        assert.equal((await load(path))[name], ours[key], `${bundled} ${key} is another one than ${known}`);
      }
    }
  }
});

/** The files that the bundled file imports by `import` and `export` statements, itself included. */
function loadedBy(file: string): string[] {
  const found = new Set([join(root, "bundle", file)]);
  for (const path of found) {
    const text = readFileSync(path, "utf8");
    for (const [, imported] of text.matchAll(/^(?:import|export|\})(?: [^"';]*?from)? "(\.[^"]+)";$/gm)) {
      found.add(resolve(dirname(path), imported as string));
    }
  }
  return [...found].map((path) => relative(root, path));
}

for (const [file, most] of [
  ["index.js", 4],
  ["doors/client.js", 8],
  ["codegen/v1.js", 4],
] as const) {
  test(`bundle/${file} loads at most ${most} files: each costs more than its code`, () => {
    const files = loadedBy(file);
    assert.ok(files.length > 1 && files.length <= most, files.join("\n"));
  });
}

test("the command loads at most 8 files before it knows which command it runs", () => {
  const files = loadedBy("cli/command-line.js");
  assert.ok(files.length > 1 && files.length <= 8, files.join("\n"));
});

test("files of bundle/ are loaded late by lateImport, which is not broken by a moment without file descriptors", () => {
  const bundled = readdirSync(join(root, "bundle"), { recursive: true, encoding: "utf8" });
  let late = 0;
  for (const file of bundled.filter((name) => name.endsWith(".js"))) {
    for (const part of readFileSync(join(root, "bundle", file), "utf8").split(/^\/\/ dist\//m)) {
      late += part.match(/\blateImport\d*\("/g)?.length ?? 0;
      // The command loads its parts when it starts.
      if (part.startsWith("cli/")) continue;
      const others = part.replaceAll(/\blateImport\d*\("[^"]+", \(\) => import\("[^"]+"\)\)/g, "");
      assert.doesNotMatch(others, /\bimport\("(\.|@nats-io)|lateImport\d*\(\(/, `${file}: dist/${part.split("\n", 1)}`);
    }
  }
  assert.ok(late > 60, `${late} calls of lateImport`);
});

test("help, encode and decode do from files of their own what they do from all files of the command", () => {
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" };
  const run = (main: string, args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
      cwd: root,
      env,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  const numbers = ["examples/add/add.x", "numbers"];
  const lines: readonly (readonly string[])[] = [
    ["encode", ...numbers, '{"a":1,"b":2}'],
    ["encode", ...numbers, '{"a":1,"b":2}', "--explain"],
    ["encode", ...numbers, '{"a":1}', "--json"],
    ["encode", "examples/add/none.x", "numbers", "{}"],
    ["encode", "--nothing"],
    ["decode", ...numbers, "0000000100000002"],
    ["decode", ...numbers, "00000001"],
    ["decode", "--help"],
    [],
    ["--help"],
    ["--version"],
    ["--nothing"],
    ["--json", "--nothing"],
    ["encod"],
    ["help", "encode"],
  ];
  for (const line of lines) {
    const wanted = run("dist/cli/main.js", line);
    for (const main of ["main.cjs", "main.js"]) {
      assert.deepEqual(run(`bundle/cli/${main}`, line), wanted, `${main} ${line.join(" ")}`);
    }
  }
  const text = readFileSync(join(root, "bundle/cli/offline.cjs"), "utf8");
  assert.deepEqual(text.match(/require\("\.[^"]*"\)/g), ['require("./offline-late.cjs")']);
  assert.equal(text.match(/[^.\w]import\(/g)?.length, 1, "offline.cjs imports only by ownImport");
  const codes = Buffer.from(text).filter((byte) => byte > 0x7f);
  assert.equal(codes.length, 0, "offline.cjs is ASCII: it is read as Latin-1");
});

test("processes and threads that a bundle starts run bundled files", async () => {
  for (const file of ["processes/worker-main.js", "processes/serve-main.js", "blocking/thread.js"]) {
    assert.match(readFileSync(join(root, "bundle", file), "utf8"), /from "\.\.\/chunks\/|import "\.\.\/chunks\//);
  }
  const texts = loadedBy("processes/index.js").map((path) => readFileSync(join(root, path), "utf8"));
  assert.ok(texts.every((text) => !text.includes("__PATH_TO_BUNDLE__")));
  assert.ok(texts.some((text) => /new URL\("\.\.\/processes\/new-member\.js", import\.meta\.url\)/.test(text)));
});
