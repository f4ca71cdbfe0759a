// `--fix` of check and lint: applies fixes that need no review, because they change no byte on the wire.
import { readFileSync } from "node:fs";
import type { Finding } from "../../idl/findings/diagnostics.js";
import { EXPLANATIONS } from "../../idl/findings/explanations.js";
import { applyFixes } from "../../idl/findings/fixes.js";
import { decodeText } from "../../idl/source.js";
import type { Compilations } from "../../project/compilations.js";
import { writeWhole } from "../atomic-write.js";
import { CommandError, ExitCode, note } from "../output.js";

/** The flag, for `command.option`. */
export const FIX = ["--fix", "apply the fixes that change no byte on the wire, and report the rest"] as const;

/** The most rounds over one file: one fix can make another possible. */
const MAX_ROUNDS = 10;

/**
 * Runs `find`, applies the safe fixes to the file, and repeats until no safe fix is left. If fixes would break a file that
 * compiled, the file is restored.
 * @param compilations those that `find` uses.
 * @returns the remaining findings.
 * @throws CommandError for `-`, if the file cannot be written, and if fixes would break it.
 */
export async function fixed<T extends { readonly findings: readonly Finding[] } | undefined>(
  file: string,
  compilations: Compilations,
  find: () => Promise<T>,
): Promise<T> {
  if (file === "-") throw new CommandError("USAGE", "--fix changes files, so it cannot be used with -");
  let applied = 0;
  let before: Buffer | undefined;
  for (let round = 0; ; round++) {
    const result = await find().catch((error: unknown) => {
      throw before === undefined ? error : undone(file, before, { cause: error });
    });
    const isFaulty = hasErrors(result);
    if (isFaulty && before !== undefined) throw undone(file, before, {});
    const change = result === undefined || round === MAX_ROUNDS ? undefined : applyTo(file, result.findings);
    if (change !== undefined) {
      before = isFaulty ? undefined : change.before;
      applied += change.applied;
      compilations.forget(file);
      continue;
    }
    if (applied > 0) note(`${file}: ${applied} ${applied === 1 ? "fix" : "fixes"} applied`);
    return result;
  }
}

/** Whether the compiler has found errors; a rule of the linter can have that level, too. */
function hasErrors(result: { readonly findings: readonly Finding[] } | undefined): boolean {
  return (
    result?.findings.some(({ severity, code }) => severity === "error" && Object.hasOwn(EXPLANATIONS, code)) ?? false
  );
}

function undone(file: string, before: Buffer, options: ErrorOptions): CommandError {
  writeWhole(file, before);
  const message = `${file} would not compile after the last fixes, so these were undone. This is a defect of lupine: please report it. The file is as it was before them; leave out --fix`;
  return new CommandError("FIX_DEFECT", message, { ...options, exitCode: ExitCode.FAILED, details: { file } });
}

/** Applies fixes to a file. @returns the number of fixes, and the bytes of the file before them; undefined if there is nothing to change. */
function applyTo(
  file: string,
  findings: readonly Finding[],
): { readonly applied: number; readonly before: Buffer } | undefined {
  const fixes = findings.flatMap((one) => one.fixes ?? []).filter(({ safe }) => safe);
  if (fixes.length === 0) return undefined;
  const before = readFileSync(file);
  const { text, latin1 } = decodeText(before);
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const { text: after, applied } = applyFixes(file, text.slice(mark.length), fixes);
  if (applied === 0) return undefined;
  // Keep invalid UTF-8 byte for byte.
  writeWhole(file, Buffer.from(mark + after, latin1 ? "latin1" : "utf8"));
  return { applied, before };
}
