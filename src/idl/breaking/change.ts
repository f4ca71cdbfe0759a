// One change between two versions of an interface, and its effects.
import type { Finding } from "../findings/diagnostics.js";
import type { Span } from "../model/model.js";

/**
 * `wire`: the bytes of arguments and results. `number`: the numbers of programs, versions and procedures, by which a
 * call finds its procedure. `source`: names and types in the generated TypeScript.
 */
export type ChangeCategory = "wire" | "number" | "source";
export const CHANGE_CATEGORIES: readonly ChangeCategory[] = ["wire", "number", "source"];

/**
 * A finding of severity `error` if it breaks peers, `warning` if it breaks some peers in some cases, `note` if it
 * breaks nothing. Its code is the category and the kind: `wire/field-added`.
 */
export interface Change extends Finding {
  /** The first part of the code: the wire, the numbers, or the source. */
  readonly category: ChangeCategory;
  /** The procedures whose arguments or results it touches: `ADD_PROG.ADD_VERS.ADD (argument)`. */
  readonly affects: readonly string[];
}

export interface ChangeDetails {
  readonly hint?: string;
  readonly affects?: readonly string[];
  readonly related?: NonNullable<Finding["related"]>;
}

export function change(
  severity: Change["severity"],
  code: `${ChangeCategory}/${string}`,
  span: Span,
  message: string,
  { affects = [], ...details }: ChangeDetails = {},
): Change {
  return { severity, code, category: code.split("/")[0] as ChangeCategory, message, span, affects, ...details };
}

/** The advice for everything that changes bytes. */
export const NEW_VERSION =
  "XDR has no tags, so a type cannot be changed in place: keep this type, define a new one, and use it in a new version of the program";

/** The first of the values with each key. */
export function firstBy<K, V>(values: readonly V[], keyOf: (value: V) => K): Map<K, V> {
  const first = new Map<K, V>();
  for (const value of values) if (!first.has(keyOf(value))) first.set(keyOf(value), value);
  return first;
}
