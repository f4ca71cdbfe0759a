// Formats explained bytes as lines of a table: offset, hexadecimal bytes, meaning.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { ExplainedPart, Explanation } from "./explain.js";
import { formatPath } from "./path.js";

const bytesPerLine = 8;
const mostLines = 4;

/** Options of `formatExplanation`. */
export interface FormatOptions {
  /** The start of names, for example "args". Default: empty. */
  readonly root?: string;
  /** Added to every printed offset: the position of the bytes in something longer. Default 0. */
  readonly offset?: number;
}

const formatOptions: OptionTable<FormatOptions> = { root: "text", offset: "number" };

/**
 * Formats an explanation: one or more lines for each part, and one for the error: `0004 00 00 00 02 b = 2 (int)`.
 * @example
 * const [first] = formatExplanation(explain(numbers, new Uint8Array([0, 0, 0, 1, 0, 0, 0, 2])));
 * console.log(first?.replaceAll(/ +/g, " ")); // 0000 00 00 00 01 a = 1 (int)
 */
export function formatExplanation(explanation: Explanation, options: FormatOptions = {}): string[] {
  checkOptions(formatOptions, options);
  const lines = explanation.parts.flatMap((part) => linesOf(part, explanation.bytes, options));
  const { root } = options;
  const arrows = explanation.parts.flatMap(({ path, leadsTo }) =>
    leadsTo === undefined ? [] : [{ from: formatPath(root, path), to: formatPath(root, leadsTo) }],
  );
  lines.push(...drawGraph(arrows));
  const { error } = explanation;
  if (error === undefined) return lines;
  const place = formatPath(options.root, error.path);
  return [...lines, `error  ${place === "" ? "" : `${place}: `}${error.rule}`];
}

/** The most references that are drawn. */
const mostArrows = 100;

/**
 * Draws the references of a graph: an arrow for each, from the place that has it to the node.
 * @example
 * console.log(drawGraph([{ from: "root", to: "nodes[0]" }])); // [ 'graph  root --> nodes[0]' ]
 */
export function drawGraph(arrows: readonly { readonly from: string; readonly to: string }[]): string[] {
  const drawn = arrows.slice(0, mostArrows);
  const width = Math.max(0, ...drawn.map(({ from }) => from.length));
  const lines = drawn.map(({ from, to }, i) => `${i === 0 ? "graph  " : "       "}${from.padEnd(width)} --> ${to}`);
  const more = arrows.length - drawn.length;
  return more > 0 ? [...lines, `       … ${more} more references`] : lines;
}

function linesOf(part: ExplainedPart, bytes: Uint8Array, { root, offset = 0 }: FormatOptions): string[] {
  const rows: string[] = [];
  const label = labelOf(part, root);
  for (let at = 0; at < part.length && rows.length < mostLines; at += bytesPerLine) {
    const size = Math.min(bytesPerLine, part.length - at);
    const start = part.offset + at;
    const row = `${hexOffset(offset + start)}  ${hex(bytes.subarray(start, start + size))}`;
    rows.push(at === 0 ? `${row}  ${label}` : row.trimEnd());
  }
  const shown = mostLines * bytesPerLine;
  if (part.length > shown) rows.push(`      … ${part.length - shown} more bytes`);
  return rows;
}

function labelOf(part: ExplainedPart, root: string | undefined): string {
  const name = formatPath(root, part.path);
  switch (part.role) {
    case "value":
      return `${name === "" ? "" : `${name} = `}${part.text}  (${part.type})`;
    case "unread":
      return part.text;
    case "present":
      return `${name === "" ? "value" : name}: ${part.text}`;
    default:
      return [name, part.role === "padding" ? "padding" : `${part.role}: ${part.text}`]
        .filter((t) => t !== "")
        .join(" ");
  }
}

function hexOffset(offset: number): string {
  return offset.toString(16).padStart(4, "0");
}

function hex(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return text.padEnd(bytesPerLine * 3 - 1);
}
