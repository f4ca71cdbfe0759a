// `lupine breaking`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { withFiles } from "./interface-files.js";
import { lupine } from "./run.js";

const v1 = "struct s { int a; };\nprogram P { version V { s GET(void) = 1; } = 1; } = 0x20000000;\n";
const v2 = v1.replace("int a;", "int a; int b;");
const compatible = v1.replace("= 1; } = 1;", "= 1; void MORE(void) = 2; } = 1;");

test("a breaking change says what breaks, for whom and what to do: exit code 1", () =>
  withFiles({ "old.x": v1, "new.x": v2 }, async (path) => {
    const { code, stdout, stderr } = await lupine(["breaking", path("old.x"), path("new.x")]);
    assert.equal(code, 1);
    assert.match(stdout, /new\.x:1:23: error\[wire\/field-added\]: field b was added to s: old peers/);
    assert.match(stdout, /it reaches P\.V\.GET \(result\)/);
    assert.match(stdout, /hint: XDR has no tags/);
    assert.match(stderr, /1 breaking, 0 that may break, 0 compatible/);
  }));

test("compatible changes are told and do not fail", () =>
  withFiles({ "old.x": v1, "new.x": compatible }, async (path) => {
    const { code, stdout } = await lupine(["breaking", path("old.x"), path("new.x")]);
    assert.equal(code, 0);
    assert.match(stdout, /note\[number\/procedure-added\]/);
  }));

test("what may break fails with --strict alone", () =>
  withFiles({ "old.x": "typedef int a<4>;", "new.x": "typedef int a<5>;" }, async (path) => {
    assert.equal((await lupine(["breaking", path("old.x"), path("new.x")])).code, 0);
    assert.equal((await lupine(["breaking", "--strict", path("old.x"), path("new.x")])).code, 1);
  }));

test("--only leaves the other categories out, and --json has category and reach", () =>
  withFiles({ "old.x": v1, "new.x": v2 }, async (path) => {
    assert.equal((await lupine(["breaking", "--only", "source", path("old.x"), path("new.x")])).code, 0);
    const { code, stdout } = await lupine(["breaking", "--json", path("old.x"), path("new.x")]);
    const [finding] = JSON.parse(stdout).findings;
    assert.equal(code, 1);
    assert.deepEqual([finding.category, finding.affects], ["wire", ["P.V.GET (result)"]]);
  }));

test("--against compares with a revision of git", () =>
  withFiles({ "a.x": v1 }, async (path) => {
    const cwd = dirname(path("a.x"));
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd, stdio: "ignore" });
    git("init", "-q");
    git("add", "a.x");
    git("commit", "-qm", "One");
    await writeFile(path("a.x"), v2);
    const { code, stdout } = await lupine(["breaking", "--against", "HEAD", path("a.x")]);
    assert.equal(code, 1);
    assert.match(stdout, /error\[wire\/field-added\]/);
    const unknown = await lupine(["breaking", "--against", "nowhere", path("a.x")]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /cannot read .*a\.x of revision nowhere/);
    assert.equal((await lupine(["breaking", "--against", "--output=evil", path("a.x")])).code, 2);
  }));

test("one file without --against, or one that does not compile, is wrong usage", () =>
  withFiles({ "a.x": v1, "bad.x": "struct" }, async (path) => {
    assert.equal((await lupine(["breaking", path("a.x")])).code, 2);
    assert.equal((await lupine(["breaking", path("bad.x"), path("a.x")])).code, 2);
    assert.equal((await lupine(["breaking", "--only", "bytes", path("a.x"), path("a.x")])).code, 2);
  }));

test("the page has an anchor for each code, and each anchor has a code", async () => {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const sources = readdirSync(`${root}src/idl/breaking`).filter((name) => !name.includes(".test."));
  const text = sources.map((name) => readFileSync(`${root}src/idl/breaking/${name}`, "utf8")).join("\n");
  const codes = new Set([...text.matchAll(/"((?:wire|number|source)\/[a-z-]+)"/g)].map(([, code]) => code as string));
  const page = readFileSync(`${root}docs/breaking.md`, "utf8");
  const anchors = [...page.matchAll(/<a id="([^"]+)"><\/a>`([^`]+)`/g)];
  for (const [, anchor, code = ""] of anchors) assert.equal(anchor, code.replace("/", "-"));
  assert.deepEqual(anchors.map(([, , code]) => code as string).toSorted(), [...codes].toSorted());
});
