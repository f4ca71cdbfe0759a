// Paths and ids as keys of a NATS bucket. A key is the path's components and the id, with dots between; every character
// in them other than A-Z a-z 0-9 _ - is written as = and two hexadecimal digits.
import { longestId } from "../engine.js";

/** Whether a text is a valid id here: printable ASCII characters. */
export function isId(id: string): boolean {
  return id.length <= longestId && /^[\x21-\x7e]+$/.test(id);
}

/** The key of one server. */
export function keyOf(path: string, id: string): string {
  return `${prefixOf(path)}${encode(id)}`;
}

/** The pattern for the keys of a path's servers. */
export function keysOf(path: string): string {
  return `${prefixOf(path)}*`;
}

/** The pattern for the keys of all paths at and below a folder. */
export function keysBelow(folder: string): string {
  return folder === "/" ? ">" : `${prefixOf(folder)}>`;
}

/** The path and id of a key; undefined for keys that were not written by this engine. */
export function fromKey(key: string): { readonly path: string; readonly id: string } | undefined {
  const parts = key.split(".").map(decode);
  const id = parts.pop();
  if (id === undefined || !isId(id) || parts.length === 0 || parts.includes("")) return undefined;
  const path = `/${parts.join("/")}`;
  return keyOf(path, id) === key ? { path, id } : undefined;
}

function prefixOf(path: string): string {
  return path
    .slice(1)
    .split("/")
    .map((component) => `${encode(component)}.`)
    .join("");
}

function encode(text: string): string {
  return text.replace(/[^\w-]/g, (one) => `=${one.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function decode(text: string): string {
  return text.replace(/=([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
