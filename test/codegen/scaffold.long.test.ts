import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { generate, scaffold } from "lupine/codegen";
import { compileInterface } from "lupine/idl";

// Compiled tests run in build/test/codegen. Folders in it see this package under its own name.
const root = new URL("../../../", import.meta.url);
const folder = new URL("build/scaffold-test/", root);

after(() => rmSync(folder, { recursive: true, force: true }));

function typeErrors(project: URL): string {
  const tsc = fileURLToPath(new URL("node_modules/typescript/bin/tsc", root));
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", fileURLToPath(project)], { encoding: "utf8" });
  return stdout + stderr;
}

/** Structs of which each contains the one before it twice: a value of the last one has 2 ** 40 numbers. */
const doubled = Array.from({ length: 40 }, (_, i) => `struct s${i + 1} { s${i} a; s${i} b; };`).join("\n");

const interfaces = [
  ...["everything", "names"].map((name) => [name, readFileSync(new URL(`test/fixtures/${name}.x`, root), "utf8")]),
  [
    "doubled",
    `struct s0 { int a; };\n${doubled}\nprogram P { version V { s40 F(s40) = 1; s2 G(s2) = 2; } = 1; } = 0x20000099;`,
  ],
] as const;

for (const [name = "", text = ""] of interfaces) {
  test(`the server and client made for ${name}.x compile`, () => {
    const { module } = compileInterface({ file: `${name}.x`, text });
    assert.ok(module !== undefined);
    const project = new URL(`${name}/`, folder);
    mkdirSync(project, { recursive: true });
    const files = scaffold(module, { generatedFile: `${name}.gen.ts`, interfaceFile: `${name}.x`, lupine: "*" });
    assert.deepEqual([...files.keys()], ["server.ts", "client.ts", "package.json", "tsconfig.json"]);
    // Without the package.json, "lupine" is this very package.
    files.delete("package.json");
    for (const [path, content] of [...files, [`${name}.gen.ts`, generate(module)] as const]) {
      writeFileSync(new URL(path, project), content);
    }
    assert.equal(typeErrors(project), "");
  });
}

for (const template of ["add", "time", "c-peer", "directory"]) {
  test(`the template ${template} compiles with what is generated for it`, () => {
    const project = new URL(`${template}/`, folder);
    for (const part of ["common", template]) cpSync(new URL(`templates/${part}/`, root), project, { recursive: true });
    rmSync(new URL("package.json", project));
    const [file = ""] = readdirSync(project).filter((name) => name.endsWith(".x"));
    const { module } = compileInterface({ file, text: readFileSync(new URL(file, project), "utf8") });
    assert.ok(module !== undefined);
    writeFileSync(new URL(file.replace(/x$/, "gen.ts"), project), generate(module));
    assert.equal(typeErrors(project), "");
  });
}
