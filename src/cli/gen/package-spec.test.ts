import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { dependencyOn } from "./package-spec.js";

let home: string;
let project: string;
let installed: string;

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "lupine-spec-")));
  project = join(home, "user", "my-add");
  installed = join(home, "user", "node_modules", "lupine");
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, "package.json"), JSON.stringify({ version: "1.2.3" }));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

/** What npm notes of an installed package. */
function lock(entry: object, root = join(home, "user")): void {
  const packages = { "node_modules/lupine": entry };
  writeFileSync(join(root, "node_modules", ".package-lock.json"), JSON.stringify({ packages }));
}

test("a package file that lupine was installed from is depended on by its path", () => {
  writeFileSync(join(home, "lupine-1.2.3.tgz"), "");
  lock({ version: "1.2.3", resolved: "file:../lupine-1.2.3.tgz" });
  assert.deepEqual(dependencyOn(project, installed), { spec: "file:../../lupine-1.2.3.tgz" });
});

test("a path with blanks is found as npm writes it, in either way", () => {
  mkdirSync(join(home, "my files"));
  writeFileSync(join(home, "my files", "lupine-1.2.3.tgz"), "");
  for (const path of ["my%20files", "my files"]) {
    lock({ version: "1.2.3", resolved: `file:../${path}/lupine-1.2.3.tgz` });
    assert.deepEqual(dependencyOn(project, installed), { spec: "file:../../my files/lupine-1.2.3.tgz" });
  }
});

test("where the package file is gone, the installed copy serves, with a warning that names both", () => {
  lock({ version: "1.2.3", resolved: "file:../lupine-1.2.3.tgz" });
  const { spec, warning } = dependencyOn(project, installed);
  assert.equal(spec, "file:../node_modules/lupine");
  assert.match(warning ?? "", /lupine-1\.2\.3\.tgz, which no longer exists\. .*installed copy.*npm pack/);
});

test("where nothing says where it came from, the installed copy serves, with a warning", () => {
  const { spec, warning } = dependencyOn(project, installed);
  assert.equal(spec, "file:../node_modules/lupine");
  assert.match(warning ?? "", /no record of where lupine was installed from/);
});

test("a package of a registry is depended on by its version", () => {
  for (const entry of [{ version: "1.2.3" }, { resolved: "https://registry.example/lupine/-/lupine-1.2.3.tgz" }]) {
    lock(entry);
    assert.deepEqual(dependencyOn(project, installed), { spec: "^1.2.3" });
  }
});

test("a package of a git repository is depended on as it was installed", () => {
  const spec = "git+ssh://git@git.example/lupine.git#0123456789abcdef0123456789abcdef01234567";
  lock({ version: "1.2.3", resolved: spec });
  assert.deepEqual(dependencyOn(project, installed), { spec });
});

test("without npm's record the package.json beside node_modules counts", () => {
  writeFileSync(join(home, "lupine.tgz"), "");
  const json = { devDependencies: { lupine: "link:../lupine.tgz" } };
  writeFileSync(join(home, "user", "package.json"), JSON.stringify(json));
  const elsewhere = join(home, "other", "my-add");
  assert.deepEqual(dependencyOn(elsewhere, installed), { spec: "file:../../lupine.tgz" });
});

test("a project in a folder behind a symbolic link finds the file from where it really is", () => {
  writeFileSync(join(home, "lupine-1.2.3.tgz"), "");
  lock({ version: "1.2.3", resolved: "file:../lupine-1.2.3.tgz" });
  mkdirSync(join(home, "deep", "down"), { recursive: true });
  symlinkSync(join(home, "deep", "down"), join(home, "link"));
  assert.deepEqual(dependencyOn(join(home, "link", "my-add"), installed), { spec: "file:../../../lupine-1.2.3.tgz" });
});
