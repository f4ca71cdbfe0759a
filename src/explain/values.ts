// The values within a message: arguments, results and the bodies of credentials, by their XDR shape.
import type { PathStep } from "../xdr/errors.js";
import { type ExplainedPart, explain } from "../xdr/explain.js";
import type { Shaped } from "../xdr/json.js";
import { shapeOf } from "../xdr/json.js";
import { formatPath } from "../xdr/path.js";
import { BadMessage, type Cursor } from "./cursor.js";

/** The most values of one message that are listed. The rest is shown as one group of bytes. */
export const mostListedValues = 50_000;

/** Explains the remaining bytes as a value of `type`. @throws BadMessage if they are not a valid one. */
export function explainRest(cursor: Cursor, type: Shaped, name: string): void {
  const start = cursor.at;
  const { parts, end, cut, error } = explain(type, cursor.bytes.subarray(start), { mostParts: mostListedValues });
  const isList = isOneOfOne(type);
  for (const part of parts) {
    if (part.role === "unread") continue;
    const path = isList ? withoutFirst(part.path) : part.path;
    cursor.groups.push({
      offset: start + part.offset,
      length: part.length,
      name: path.length === 0 ? name : formatPath(undefined, path),
      text: textOf(part),
      ...(part.leadsTo === undefined
        ? {}
        : { leadsTo: formatPath(undefined, isList ? withoutFirst(part.leadsTo) : part.leadsTo) }),
    });
  }
  cursor.at = start + end;
  if (cut)
    cursor.rest("", ({ length }) => `${length} bytes, not decoded: ${mostListedValues} values are listed at most`);
  if (error === undefined) return;
  const where = formatPath(name, isList ? withoutFirst(error.path) : error.path);
  throw new BadMessage(start + Math.max(end, error.offset ?? end), `${where}: ${error.rule}`);
}

// `add(numbers)`: "a", not "arg.a".
function isOneOfOne(type: Shaped): boolean {
  const shape = shapeOf(type);
  return shape.kind === "tuple" && shape.elements.length === 1;
}

function withoutFirst(path: readonly PathStep[]): readonly PathStep[] {
  return path.length > 1 && typeof path[1] === "string" ? path.slice(1) : path;
}

function textOf({ role, text }: ExplainedPart): string {
  return role === "length" || role === "count" ? `${role}: ${text}` : text;
}
