// The interface files that Debian's packages install, unchanged. Skipped where there are none, but not in CI.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { generate } from "lupine/codegen";
import { compileInterface, formatDiagnostics } from "lupine/idl";
import { project, resolver } from "./fixtures.js";

const folders = ["/usr/include/rpcsvc", "/usr/include/tirpc/rpc", "/usr/include/tirpc/rpcsvc"];
const files = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((file) => file.endsWith(".x"));
const required = process.env["LUPINE_REQUIRE_PEERS"] === "1";
const skip = files.length === 0 && !required ? "no interface files: apt install rpcsvc-proto libtirpc-dev" : false;

test("every interface that the system has compiles, and what is generated from it type-checks", { skip }, () => {
  assert.ok(files.length >= 19, `only ${files.length} interface files: apt install rpcsvc-proto libtirpc-dev`);
  const out = join(project, "build/system-interfaces");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const file of files) {
    const resolveInclude = resolver(["/usr/include", "/usr/include/tirpc"]);
    const { module, diagnostics, sources } = compileInterface({ file, text: readFileSync(file), resolveInclude });
    assert.ok(module, formatDiagnostics(diagnostics, sources));
    writeFileSync(join(out, basename(file).replace(/\.x$/, ".gen.ts")), generate(module));
  }
  const options = { noEmit: true, composite: false, declaration: false };
  const config = { extends: "../../tsconfig.base.json", compilerOptions: options, include: ["*.ts"] };
  writeFileSync(join(out, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(project, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", out], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
