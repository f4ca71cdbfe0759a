// Inlay hints: implicit numbers of enum members, and offsets of fields in their struct.
import type { InlayHint, Range } from "vscode-languageserver";
import { type Known, wireSize } from "../idl/doc/size.js";
import type { Definition, EnumDefinition, Span, StructDefinition } from "../idl/model/model.js";
import { doubtfulNames } from "./doubtful.js";
import { indexAt } from "./scan.js";
import { offsetOf, positionOf } from "./source-file.js";
import type { FileIndex, Workspace } from "./workspace.js";

/** The hints in a range. Definitions with errors, and those that depend on them, get none: their numbers would be guesses. */
export function inlayHints(workspace: Workspace, path: string, range: Range): InlayHint[] {
  const index = workspace.index(path);
  if (index === undefined) return [];
  const start = offsetOf(index.file, range.start);
  const end = offsetOf(index.file, range.end);
  const sizes: Known = new Map();
  const hints: InlayHint[] = [];
  const doubtful = doubtfulNames(index);
  for (const definition of index.analysis.module.definitions) {
    if (!isHere(index, definition) || doubtful.has(definition.name)) continue;
    for (const [offset, label, tooltip] of hintsOf(index, definition, sizes)) {
      if (offset < start || offset > end) continue;
      hints.push({ position: positionOf(index.file, offset), label, tooltip, paddingLeft: true });
    }
  }
  return hints;
}

function isHere({ file }: FileIndex, definition: Definition): boolean {
  return definition.span.file === file.path && !(definition.kind === "enum" && definition.widens !== undefined);
}

type Hint = readonly [offset: number, label: string, tooltip: string];

function hintsOf(index: FileIndex, definition: Definition, sizes: Known): Hint[] {
  if (definition.kind === "enum") return numbersOf(index, definition);
  return definition.kind === "struct" && !definition.byHand ? placesOf(index, definition, sizes) : [];
}

/** Text from a macro is at another position. */
function isWritten({ file }: FileIndex, name: string, span: Span): boolean {
  return span.expandedFrom === undefined && span.file === file.path && file.text.startsWith(name, span.offset);
}

function numbersOf(index: FileIndex, { members }: EnumDefinition): Hint[] {
  const { tokens } = index;
  return members.flatMap(({ name, value, span }): Hint[] => {
    const end = span.offset + name.length;
    const next = tokens[indexAt(tokens, span.offset) + 1];
    if (!isWritten(index, name, span) || next?.text === "=") return [];
    return [[end, `= ${value}`, "the value of this member: one more than the member before"]];
  });
}

/** A hint after each field: its offset. After a field of variable size only the least offset is known. */
function placesOf(index: FileIndex, { fields }: StructDefinition, sizes: Known): Hint[] {
  let [least, isFixed] = [0, true];
  return fields.flatMap((field): Hint[] => {
    const size = wireSize(field.type, sizes);
    const label = `${isFixed ? "at" : "from"} ${least}: ${rangeText(size)}`;
    least += size.least;
    isFixed &&= size.least === size.most;
    const { span } = field;
    const name = field.declaredName ?? field.name;
    const extent = index.extents.get(span.offset);
    if (extent === undefined || !isWritten(index, name, span)) return [];
    return Number.isFinite(size.least)
      ? [[extent.end, label, "offset in the struct and size on the wire, in bytes"]]
      : [];
  });
}

function rangeText({ least, most }: { least: number; most: number }): string {
  if (least === most) return String(least);
  return Number.isFinite(most) ? `${least} to ${most}` : `${least} or more`;
}
