import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Compilations } from "../../project/compilations.js";
import { readInterfaceBytes } from "../../project/read-file.js";
import { checkFiles, checkTypes, generateFiles } from "./gen-files.js";
import { planTasks } from "./gen-plan.js";

test("options for types are checked and files are generated with each interface read and compiled once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-gen-once-"));
  try {
    const files = Array.from({ length: 3 }, (_, i) => join(folder, `i${i}.x`));
    for (const [i, file] of files.entries()) writeFileSync(file, `struct s_${i} { hyper n; };`);
    const read: string[] = [];
    const source = (path: string): Uint8Array => {
      read.push(path);
      return readInterfaceBytes(path);
    };
    const compiled: unknown[] = [];
    class Counted extends Compilations {
      override compile(...args: Parameters<Compilations["compile"]>): ReturnType<Compilations["compile"]> {
        const compilation = super.compile(...args);
        compiled.push(compilation);
        return compilation;
      }
    }
    const compilations = new Counted({ source });
    const tasks = await planTasks(files, { config: false, type: { s_0: { hyper: "number" } } });
    checkTypes(tasks, compilations);
    const { failure } = await generateFiles(tasks, compilations);
    assert.equal(failure, undefined);
    assert.deepEqual(await checkFiles(tasks, compilations), []);
    assert.ok(existsSync(join(folder, "i2.gen.ts")));
    assert.deepEqual(read, files);
    assert.deepEqual([compiled.length, new Set(compiled).size], [9, 3]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
