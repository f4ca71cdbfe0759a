// Changes that follow hints, for editors and `--fix`. A fix is created together with its hint, so that the two agree.
import type { Span } from "../model/model.js";

/** A change of the interface's text that removes a finding. */
export interface Fix {
  /** The title in a menu: "Change to `color`". */
  readonly title: string;
  /** In any order; they do not overlap. */
  readonly edits: readonly FixEdit[];
  /** True: nothing is guessed and the bytes on the wire stay the same, so `--fix` may apply it. */
  readonly safe?: true;
}

export interface FixEdit {
  /** The text that is replaced; its length is 0 if text is only inserted. */
  readonly span: Span;
  readonly text: string;
}

/** A hint with the fixes that follow it. */
export interface Advice {
  readonly hint: string;
  readonly fixes?: readonly Fix[];
}

export function replacing(span: Span, text: string, title = `Change to \`${text}\``): Fix {
  return { title, edits: [{ span, text }] };
}

export function removing(span: Span, title: string): Fix {
  return { title, edits: [{ span, text: "" }] };
}

/** @param offset the position of the text, in characters from the start of `span`; default: after it. */
export function inserting(span: Span, text: string, title: string, offset = span.length): Fix {
  const place = { ...span, offset: span.offset + offset, column: span.column + offset, length: 0 };
  return { title, edits: [{ span: place, text }] };
}

/** A span's last character. */
export function lastOf(span: Span): Span {
  const before = span.length - 1;
  return { ...span, offset: span.offset + before, column: span.column + before, length: 1 };
}

/** A free name with a number appended: `size_2`. */
export function renaming(span: Span, name: string, isTaken: (name: string) => boolean): Fix {
  let number = 2;
  while (isTaken(`${name}_${number}`)) number++;
  return replacing(span, `${name}_${number}`, `Rename to \`${name}_${number}\``);
}

/** The same fix, marked as safe for `--fix`: see `Fix.safe`. */
export function safely(fix: Fix): Fix {
  return { ...fix, safe: true };
}

/** A "did you mean" hint with a name, and the change to that name. */
export function didYouMean(span: Span, name: string, rest = ""): Advice {
  return { hint: `did you mean \`${name}\`?${rest}`, fixes: [replacing(span, name)] };
}

/** The fixes that can be applied. Text that a macro produced cannot be changed, because it is not in the file. */
export function applicable(fixes: readonly Fix[] | undefined): readonly Fix[] | undefined {
  const usable = fixes?.filter(({ edits }) => edits.every(({ span }) => span.expandedFrom === undefined));
  return usable === undefined || usable.length === 0 ? undefined : usable;
}

/**
 * A file's text after fixes. A fix that overlaps an earlier one, or changes another file, is skipped.
 * @param text without byte order mark, as spans count.
 */
export function applyFixes(
  file: string,
  text: string,
  fixes: readonly Fix[],
): { readonly text: string; readonly applied: number } {
  const taken: FixEdit[] = [];
  let applied = 0;
  const byStart = (a: FixEdit, b: FixEdit): number => a.span.offset - b.span.offset;
  const fitting = fixes.filter(({ edits }) => edits.every(({ span }) => span.file === file));
  for (const edits of fitting.map((fix) => [...fix.edits].sort(byStart)).sort(byFirst)) {
    const first = edits[0];
    const last = taken.at(-1);
    if (first === undefined || (last !== undefined && overlap(last, first))) continue;
    taken.push(...edits);
    applied++;
  }
  let result = "";
  let at = 0;
  for (const { span, text: written } of taken) {
    result += text.slice(at, span.offset) + written;
    at = span.offset + span.length;
  }
  return { text: result + text.slice(at), applied };
}

function byFirst([a]: readonly FixEdit[], [b]: readonly FixEdit[]): number {
  return (a?.span.offset ?? 0) - (b?.span.offset ?? 0);
}

/** Whether `next`, which does not begin before `last`, touches it. */
function overlap(last: FixEdit, next: FixEdit): boolean {
  const end = last.span.offset + last.span.length;
  return next.span.offset < end || (next.span.offset === end && last.span.offset === next.span.offset);
}
