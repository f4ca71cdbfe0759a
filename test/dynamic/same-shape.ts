// Whether two shapes are the same when all references are followed.
import type { ReferenceShape } from "lupine/xdr";

/** Where two shapes differ first, or undefined when they do not. Recursive shapes are compared once at each pair. */
export function firstDifference(
  a: unknown,
  b: unknown,
  path = "shape",
  seen = new Map<object, Set<object>>(),
): string | undefined {
  const left = follow(a);
  const right = follow(b);
  if (!isObject(left) || !isObject(right)) return Object.is(left, right) ? undefined : `${path}: ${left} and ${right}`;
  const compared = seen.get(left) ?? new Set();
  if (compared.has(right)) return undefined;
  seen.set(left, compared.add(right));
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) {
    const difference = firstDifference(left[key], right[key], `${path}.${key}`, seen);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function follow(value: unknown): unknown {
  let shape = value;
  while (isReference(shape)) shape = shape.shape();
  return shape;
}

function isReference(value: unknown): value is ReferenceShape {
  return (value as { kind?: unknown } | null | undefined)?.kind === "reference";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
