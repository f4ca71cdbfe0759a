// The README's first commands, taken from its text: a fresh copy of the sources, packed, and a project in an empty folder.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { project } from "../interop/harness/compile.js";
import { background, offline, type Packed } from "./packed.js";

let home: string;
let readme: string;

before(() => {
  home = mkdtempSync(join(tmpdir(), "lupine-door-"));
  readme = readFileSync(join(project, "README.md"), "utf8");
  const clone = join(home, "lupine");
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: project,
  });
  for (const path of listed.toString().split("\0")) {
    if (path === "" || !existsSync(join(project, path))) continue;
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    copyFileSync(join(project, path), join(clone, path));
  }
  // The packages that build Lupine are the only thing that comes from a registry: here, from this clone.
  cpSync(join(project, "node_modules"), join(clone, "node_modules"), { recursive: true, verbatimSymlinks: true });
});

after(() => rmSync(home, { recursive: true, force: true }));

/** The commands of the README's first block of sh, without comments. */
function commands(): string[] {
  const [, block = ""] = /^```sh\n([\s\S]*?)^```$/m.exec(readme) ?? [];
  return block
    .split("\n")
    .map((line) => line.replace(/\s+#.*$/, ""))
    .filter((line) => line !== "");
}

test("the README's commands lead from a clone that was never built to Result:3, with an empty cache and no registry", async () => {
  const lines = commands();
  assert.equal(lines[0], "npm pack");
  assert.ok(lines.some((line) => line.startsWith("npm run client")));
  const script = lines.map((line) => (line === "npm run server" ? 'begin "is ready" npm run server' : line));
  const packed = { home } as Packed;
  const output = await offline(packed, join(home, "lupine"), `${background}${script.join("\n")}`);
  assert.match(output, /^Compiling \.\.\.$/m);
  assert.match(output, /^Result:3$/m);
  assert.match(output, /^add\(1,2\) is called$/m);
});

test("npm start in that clone shows the call, without a registry", async () => {
  const output = await offline({ home } as Packed, join(home, "lupine"), "npm start");
  assert.match(output, /^ {4}client prints: Result:3$/m);
});
