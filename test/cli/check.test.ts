import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { lupine as run } from "./run.js";

let folder: string;
const at = (name: string): string => join(folder, name);

before(() => {
  folder = mkdtempSync(join(tmpdir(), "lupine-check-"));
  writeFileSync(at("good.x"), '%#include "types.h"\nstruct s { word a; };\n');
  writeFileSync(at("types.x"), "typedef int word;\n");
  writeFileSync(at("bad.x"), "struct s {\n  strng a;\n};\nstruct s { int b; };\n");
  writeFileSync(at("needs.x"), "typedef opaque blob<ROOM>;\nstruct t { word a; elsewhere b; };\n");
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("check finds nothing in sound interfaces, with what they import", async () => {
  const { code, stdout, stderr } = await run(["check", at("good.x"), at("types.x")]);
  assert.deepEqual([code, stdout, stderr], [0, "", "2 files: nothing wrong\n"]);
});

test("check tells every error at its place and ends with 1", async () => {
  const { code, stdout, stderr } = await run(["check", at("bad.x")]);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /bad\.x:2:3: error\[undefined-name\].*\n 2 \| {3}strng a;\n.*\n {2}hint: did you mean `string`\?/,
  );
  assert.match(stdout, /bad\.x:4:8: error\[duplicate-name\]/);
  const pages = ["undefined-name", "duplicate-name"].map((code) => `  lupine check --explain ${code}\n`);
  assert.equal(stderr, `1 file: 2 errors, 0 warnings\n${pages.join("")}`);
});

test("check prints JSON, annotations and SARIF, the last with what each code means", async () => {
  const json = JSON.parse((await run(["check", "--json", at("bad.x")])).stdout) as { errors: number };
  assert.equal(json.errors, 2);
  const { stdout: github } = await run(["check", "--format", "github", at("bad.x")]);
  assert.match(github, /^::error file=.*bad\.x,line=2,col=3,endColumn=8,title=undefined-name::/);
  const sarif = JSON.parse((await run(["check", "--format", "sarif", at("bad.x")])).stdout) as {
    runs: { tool: { driver: { rules: { id: string; shortDescription: { text: string } }[] } } }[];
  };
  const [rule] = sarif.runs[0]?.tool.driver.rules ?? [];
  assert.equal(rule?.id, "undefined-name");
  assert.match(rule.shortDescription.text, /used but not defined/);
});

test("names from elsewhere come by -D, --import and --extern", async () => {
  assert.equal((await run(["check", at("needs.x")])).code, 1);
  const given = ["-D", "ROOM=16", "--import", "types.x", "--extern", "elsewhere=./elsewhere.js"];
  const { code, stdout } = await run(["check", ...given, at("needs.x")]);
  assert.deepEqual([code, stdout], [0, ""]);
});

test("check, lint and breaking explain every code of each other, and list them", async () => {
  const explained = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(args);
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout;
  };
  assert.match(await explained("check", "--explain", "undefined-name"), /^## undefined-name\n\n.*used but not defined/);
  assert.match(await explained("lint", "--explain", "unbounded"), /^## unbounded\n\nAn opaque, string or array/);
  assert.match(await explained("breaking", "--explain", "undefined-name"), /^## undefined-name/);
  const change = await explained("check", "--explain", "wire/field-added");
  assert.match(
    change,
    /^## wire\/field-added\n\nChange: field added, removed, moved\.\nLevel: error\.\nWhat happens: peers read/,
  );
  const list = await explained("lint", "--explain");
  for (const code of ["undefined-name", "unbounded", "source/method-renamed"]) {
    assert.match(list, new RegExp(`^${code} +\\S`, "m"));
    assert.match(await explained("check", "--explain", code), new RegExp(`^## ${code}\n`));
  }
});

test("a code that does not exist is told with the nearest one", async () => {
  for (const [command, code, near] of [
    ["check", "undefined-nme", "undefined-name"],
    ["lint", "unbunded", "unbounded"],
    ["breaking", "wire/field-aded", "wire/field-added"],
  ] as const) {
    const { code: exit, stdout, stderr } = await run([command, "--explain", code]);
    assert.deepEqual([exit, stdout], [2, ""]);
    assert.equal(stderr, `lupine: there is no code "${code}": did you mean "${near}"?\n`);
  }
  const { stderr } = await run(["lint", "--explain", "zzz"]);
  assert.equal(stderr, 'lupine: there is no code "zzz": --explain without a code lists them\n');
});
