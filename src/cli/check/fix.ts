// `--fix` of check and lint: applies fixes that need no review, because they change no byte on the wire.
import { readFileSync } from "node:fs";
import type { Finding } from "../../idl/findings/diagnostics.js";
import { applyFixes } from "../../idl/findings/fixes.js";
import { decodeText } from "../../idl/index.js";
import type { Compilations } from "../../project/compilations.js";
import { writeWhole } from "../atomic-write.js";
import { CommandError, note } from "../output.js";

/** The flag, for `command.option`. */
export const FIX = ["--fix", "apply the fixes that change no byte on the wire, and report the rest"] as const;

/** The most rounds over one file: one fix can make another possible. */
const MAX_ROUNDS = 10;

/**
 * Runs `find`, applies the safe fixes to the file, and repeats until there are none.
 * @param compilations those that `find` uses.
 * @returns the remaining findings.
 * @throws CommandError for `-`, and if the file cannot be written.
 */
export async function fixed<T extends { readonly findings: readonly Finding[] } | undefined>(
  file: string,
  compilations: Compilations,
  find: () => Promise<T>,
): Promise<T> {
  if (file === "-") throw new CommandError("USAGE", "--fix changes files, so it cannot be used with -");
  let applied = 0;
  for (let round = 0; ; round++) {
    const result = await find();
    const count = result === undefined || round === MAX_ROUNDS ? 0 : applyTo(file, result.findings);
    applied += count;
    if (count > 0) compilations.forget(file);
    if (count > 0) continue;
    if (applied > 0) note(`${file}: ${applied} ${applied === 1 ? "fix" : "fixes"} applied`);
    return result;
  }
}

function applyTo(file: string, findings: readonly Finding[]): number {
  const fixes = findings.flatMap((one) => one.fixes ?? []).filter(({ safe }) => safe);
  if (fixes.length === 0) return 0;
  const { text, latin1 } = decodeText(readFileSync(file));
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const { text: after, applied } = applyFixes(file, text.slice(mark.length), fixes);
  // Keep invalid UTF-8 byte for byte.
  if (applied > 0) writeWhole(file, Buffer.from(mark + after, latin1 ? "latin1" : "utf8"));
  return applied;
}
