// What is in the package, and where the links of its documents lead.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { project } from "../interop/harness/compile.js";
import { type Packed, pack } from "./packed.js";

let packed: Packed;

before(async () => {
  packed = await pack("--dry-run");
});

after(() => packed[Symbol.dispose]());

test("the package has what it needs to run and to be read, and nothing else", () => {
  const { paths } = packed;
  const wanted = ["package.json", "LICENSE", "README.md", "CHANGELOG.md", "bundle/index.js", "dist/index.js"];
  for (const path of [
    ...wanted,
    "dist/index.d.ts",
    "bundle/cli/main.js",
    "docs/diagnostics.md",
    "docs/lint.md",
    "templates/add/add.x",
  ]) {
    assert.ok(paths.includes(path), `${path} is missing`);
  }
  for (const path of paths) {
    assert.match(
      path,
      /^([A-Z]+\.md|LICENSE|package\.json|(bundle|dist|docs|templates|examples|node_modules)\/.*|bench\/[\w-]+\/README\.md|src\/.*\.x)$/,
    );
    assert.doesNotMatch(path, /^dist\/.*(\.test[.-]|tsbuildinfo|\.x$)/);
    if (/^dist\/.*\.js$/.test(path)) {
      assert.ok(paths.includes(path.replace(/\.js$/, ".d.ts")), `${path} has no types`);
    }
  }
});

test("every library that the command uses is in the package, so that it installs without a registry", () => {
  const { dependencies } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    assert.ok(packed.paths.includes(`node_modules/${name}/package.json`), `${name} is not bundled`);
  }
});

test("every relative link of the README and of the documents leads to something in the package", () => {
  const documents = packed.paths.filter((path) => /^([A-Z]+\.md|(docs|templates)\/.*\.md)$/.test(path));
  const links = documents.flatMap((document) =>
    [...readFileSync(join(project, document), "utf8").matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map((match) => ({
      document,
      target: normalize(join(dirname(document), match[1] as string)).replace(/\/$/, ""),
    })),
  );
  assert.ok(links.length > 40);
  const isThere = (target: string): boolean =>
    packed.paths.some((path) => path === target || path.startsWith(`${target}/`));
  assert.deepEqual(
    links.filter(({ target }) => !isThere(target)),
    [],
  );
});
