// A fix that would break a file is undone, whatever is wrong with it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Finding } from "../../idl/findings/diagnostics.js";
import { removing, safely } from "../../idl/findings/fixes.js";
import { Compilations } from "../../project/compilations.js";
import { CommandError } from "../output.js";
import { fixed } from "./fix.js";

const text = "/* caf\u00e9 */\nstruct point { int a; };\n";

async function inFile(work: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-fix-"));
  try {
    const file = join(folder, "a.x");
    writeFileSync(file, text, "latin1");
    await work(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Removes the name of the struct. */
function wrongFix(file: string): Finding {
  const offset = text.indexOf("point");
  const span = { file, line: 2, column: 8, offset, length: 5 };
  return { severity: "warning", code: "case-style", message: "", span, fixes: [safely(removing(span, ""))] };
}

test("a file that would not be readable after a fix is as it was before", () =>
  inFile(async (file) => {
    const find = async (): Promise<{ findings: Finding[] }> => {
      if (!readFileSync(file, "latin1").includes("point")) throw new CommandError("BAD_INTERFACE", "no name");
      return { findings: [wrongFix(file)] };
    };
    await assert.rejects(fixed(file, new Compilations(), find), { code: "FIX_DEFECT", message: /were undone/ });
    assert.equal(readFileSync(file, "latin1"), text);
  }));

test("a file in which a fix makes an error is as it was before; a file that had errors keeps its fixes", () =>
  inFile(async (file) => {
    const broken = { ...wrongFix(file), severity: "error", code: "syntax" } as const;
    const { fixes: _, ...last } = broken;
    const find = (first: Finding) => async (): Promise<{ findings: Finding[] }> => ({
      findings: [readFileSync(file, "latin1").includes("point") ? first : last],
    });
    await assert.rejects(fixed(file, new Compilations(), find(wrongFix(file))), { code: "FIX_DEFECT" });
    assert.equal(readFileSync(file, "latin1"), text);
    assert.deepEqual(await fixed(file, new Compilations(), find(broken)), { findings: [last] });
    assert.equal(readFileSync(file, "latin1"), text.replace("point", ""));
  }));
