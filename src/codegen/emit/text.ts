// Text layout: indentation, doc comments, property names, and lists that break if they are too long for a line.
import type { Span } from "../../idl/model/model.js";

const lineWidth = 120;

/** Put before a call whose result may be unused, so that bundlers can remove it. */
export const pure = "/* @__PURE__ */ ";

export function indent(lines: readonly string[], levels = 1): string[] {
  return lines.map((line) => (line === "" ? line : "  ".repeat(levels) + line));
}

/**
 * `In types.x.`, for a definition from another file; undefined for the interface's own. Without line numbers, which
 * change with each edit, and independent of folders.
 */
export function placeOf({ file }: Span, module: { readonly file: string }): string | undefined {
  return file === module.file ? undefined : `In ${baseName(file)}.`;
}

/** An integer as in the interface: `0o17` for C's `017`. */
export function numberText(value: bigint, written?: string): string {
  const [, sign = "", numeral = ""] = /^(-?)(.*)$/.exec(written ?? "") ?? [];
  const digits = /^0[0-7]+$/.test(numeral) ? `0o${numeral.slice(1)}` : numeral.toLowerCase();
  // An enum's 0xffffffff is -1: the numeral is another number than the value.
  const isTheValue = /^0[xo]/.test(digits) && BigInt(digits) === (sign === "" ? value : -value);
  const text = isTheValue ? sign + digits : String(value);
  return value >= -(2n ** 53n) && value <= 2n ** 53n ? text : `${text}n`;
}

export function baseName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
}

/** A doc comment of the given paragraphs; undefined ones are omitted. */
export function doc(...paragraphs: readonly (string | undefined)[]): string[] {
  const lines: string[] = [];
  for (const paragraph of paragraphs) {
    if (paragraph === undefined || paragraph.trim() === "") continue;
    if (lines.length > 0) lines.push("");
    for (const line of paragraph.trim().split(/\r\n|[\r\n\u2028\u2029]/))
      lines.push(line.trimEnd().replaceAll("*/", "*\\/"));
  }
  if (lines.length === 0) return [];
  if (lines.length === 1) return [`/** ${lines[0]} */`];
  return ["/**", ...lines.map((line) => (line === "" ? " *" : ` * ${line}`)), " */"];
}

/** A property's name in a declaration or an object literal. `__proto__: x` would set the prototype. */
export function propertyName(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return isIdentifier(name) ? name : JSON.stringify(name);
}

/** The expression of a property: `value.name` or `value["name"]`. */
export function member(object: string, name: string): string {
  return isIdentifier(name) ? `${object}.${name}` : `${object}[${JSON.stringify(name)}]`;
}

/** A property of an object literal, in its short form if the local has the property's name. */
export function property(name: string, value: string): string {
  return name === value ? name : `${propertyName(name)}: ${value}`;
}

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name);
}

/** Text that can be laid out on one line or on several: a string, or brackets around items. */
export type Layout = string | { readonly open: string; readonly items: readonly Layout[]; readonly close: string };

export function object(items: readonly Layout[]): Layout {
  return { open: "{", items, close: "}" };
}

export function array(items: readonly Layout[]): Layout {
  return { open: "[", items, close: "]" };
}

/** `prefix` in front of a layout. */
export function prefixed(prefix: string, layout: Layout): Layout {
  return typeof layout === "string" ? prefix + layout : { ...layout, open: prefix + layout.open };
}

/** `layout` between `before` and `after`, on several lines if it does not fit on one. */
export function layOut(before: string, layout: Layout, after: string, depth = 0): string[] {
  const short = before + oneLine(layout) + after;
  if (typeof layout === "string" || layout.items.length === 0 || depth * 2 + short.length <= lineWidth) return [short];
  const items = layout.items.flatMap((item) => indent(layOut("", item, ",", depth + 1)));
  return [before + layout.open, ...items, layout.close + after];
}

function oneLine(layout: Layout): string {
  if (typeof layout === "string") return layout;
  const { open, items, close } = layout;
  if (items.length === 0) return open + close;
  const space = open.endsWith("{") ? " " : "";
  return open + space + items.map(oneLine).join(", ") + space + close;
}
