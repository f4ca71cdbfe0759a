// `--target js` for interfaces that import each other in a circle, as Node runs it: no module asks another for what is
// a type alone, and whichever is loaded first works.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { externs, generate, type OutputLanguage } from "lupine/codegen";
import { compile, project } from "../dialects/fixtures.js";

const out = join(project, "build/js-modules");
const files = ["imported-a", "imported-b", "left-to-c"] as const;

function texts(name: string, target: OutputLanguage): (readonly [string, string])[] {
  const { module } = compile(name);
  assert.ok(module);
  const open = externs(module, { target });
  const made = [[`${name}.gen`, generate(module, { target })] as const];
  return open === undefined ? made : [...made, [`${name}.externs`, open] as const];
}

before(() => {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const target of ["js", "d.ts"] as const) {
    for (const [name, text] of files.flatMap((file) => texts(file, target))) {
      writeFileSync(join(out, `${name}.${target}`), text);
    }
  }
});

test("what a module imports from another it uses outside of comments", () => {
  for (const [name, text] of files.flatMap((file) => texts(file, "js"))) {
    for (const [whole, names = ""] of text.matchAll(/^import \{([^}]*)\} from "\.\/[^;]*;$/gm)) {
      const rest = text.replace(whole, "").replace(/\/\*[\s\S]*?\*\//g, "");
      for (const one of names.split(",").map((item) => item.trim().split(" ").at(-1) ?? "")) {
        assert.ok(one === "" || new RegExp(`\\b${one}\\b`).test(rest), `${name} imports ${one} and does not use it`);
      }
    }
  }
});

const first = { first: "[{ v: 1, data: new Uint8Array([7]), back: [], how: 1 }]", where: "{ x: 3, y: 1 }" };

for (const order of [
  ["imported-a", "imported-b"],
  ["imported-b", "imported-a"],
]) {
  test(`loads ${order.join(" before ")}`, () => {
    const script = `
      import assert from "node:assert/strict";
      import { decode, encode } from "lupine/xdr";
      const [one, other] = [await import("./${order[0]}.gen.js"), await import("./${order[1]}.gen.js")];
      const top = one.top ?? other.top;
      const value = { first: ${first.first}, paint: 2, where: ${first.where}, w: 4 };
      assert.deepEqual(decode(top, encode(top, value)), value);
    `;
    writeFileSync(join(out, `${order[0]}.mjs`), script);
    const { status, stderr } = spawnSync(process.execPath, [join(out, `${order[0]}.mjs`)], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
}

test("loads with what is left to C, which throws when it is used and not before", () => {
  const script = `
    import assert from "node:assert/strict";
    import { encode } from "lupine/xdr";
    const { event, EVENTS } = await import("./left-to-c.gen.js");
    assert.equal(EVENTS.versions.length, 1);
    assert.throws(() => encode(event, { at: 1, before: null, source: "", how: 0 }), /left-to-c\\.externs/);
  `;
  writeFileSync(join(out, "left-to-c.mjs"), script);
  const { status, stderr } = spawnSync(process.execPath, [join(out, "left-to-c.mjs")], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("the declarations type-check beside each other", () => {
  const options = { noEmit: true, composite: false, declaration: false, skipLibCheck: false };
  const config = { extends: "../../tsconfig.base.json", compilerOptions: options, include: ["*.d.ts"] };
  writeFileSync(join(out, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(project, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", out], { encoding: "utf8" });
  const own = stdout.split("\n").filter((line) => line.includes("js-modules"));
  assert.deepEqual(status === 0 ? [] : own, []);
});
