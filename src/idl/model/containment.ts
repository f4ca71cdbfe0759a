// Detects types that have no finite value because they contain each other by value.
import { type Reporter, reportError } from "../findings/diagnostics.js";
import { type Fix, inserting } from "../findings/fixes.js";
import type { Definition, Field, Span, TypeDefinition } from "./model.js";
import { containedIn, isType, membersOf, partsOf } from "./references.js";

/** Reports every cycle once, at the first of its definitions. */
export function checkContainment(definitions: readonly Definition[], reporter: Reporter): void {
  const types = definitions.filter(isType);
  const finite = findFinite(types);
  const seen = new Set<TypeDefinition>();
  for (const type of types) {
    if (finite.has(type)) continue;
    const path: TypeDefinition[] = [];
    let current: TypeDefinition = type;
    while (!seen.has(current)) {
      seen.add(current);
      path.push(current);
      current = nextInCircle(current, finite);
    }
    const start = path.indexOf(current);
    if (start >= 0) reportCircle(path.slice(start), finite, reporter);
  }
}

/**
 * The types, each after those that it contains by value. A function that measures them in this order finds all parts measured, so it
 * does not recurse, however many levels of structs there are. A type within itself comes once.
 */
export function innermostFirst(types: readonly TypeDefinition[]): Set<TypeDefinition> {
  const ordered = new Set<TypeDefinition>();
  const entered = new Set<TypeDefinition>();
  const path = [...types].reverse();
  for (let type = path.at(-1); type !== undefined; type = path.at(-1)) {
    if (entered.has(type)) {
      path.pop();
      ordered.add(type);
      continue;
    }
    entered.add(type);
    for (const part of partsOf(type).map(containedIn)) {
      if (part !== undefined && !entered.has(part)) path.push(part);
    }
  }
  return ordered;
}

/**
 * Finds the types that have a finite value: a struct if all of its parts have one, a union if one of its arms has. A
 * type is checked again only when a part that it depends on turns out finite.
 */
function findFinite(types: readonly TypeDefinition[]): Set<TypeDefinition> {
  const finite = new Set<TypeDefinition>();
  const waiting = new Map<TypeDefinition, number>();
  const waiters = new Map<TypeDefinition, TypeDefinition[]>();
  const queue: TypeDefinition[] = [];
  for (const type of types) {
    const contained = partsOf(type).map(containedIn);
    const needs = contained.filter((part) => part !== undefined);
    const count = type.kind === "union" ? Number(!hasFreeArm(type, contained)) : needs.length;
    waiting.set(type, count);
    if (count === 0) queue.push(type);
    for (const need of needs) {
      const others = waiters.get(need);
      if (others === undefined) waiters.set(need, [type]);
      else others.push(type);
    }
  }
  for (let type = queue.pop(); type !== undefined; type = queue.pop()) {
    if (finite.has(type)) continue;
    finite.add(type);
    for (const waiter of waiters.get(type) ?? []) {
      const left = (waiting.get(waiter) ?? 0) - 1;
      waiting.set(waiter, left);
      if (left === 0) queue.push(waiter);
    }
  }
  return finite;
}

/** An arm that is void, or contains only finite types: then the union is finite. */
function hasFreeArm(
  union: TypeDefinition & { kind: "union" },
  contained: readonly (TypeDefinition | undefined)[],
): boolean {
  const voidArm = union.cases.some((c) => c.arm === undefined) || (union.default && union.default.arm === undefined);
  return voidArm || contained.includes(undefined) || contained.length === 0;
}

function nextInCircle(type: TypeDefinition, finite: ReadonlySet<TypeDefinition>): TypeDefinition {
  const next = partsOf(type)
    .map(containedIn)
    .find((part) => part !== undefined && !finite.has(part));
  return next ?? type;
}

function reportCircle(
  circle: readonly TypeDefinition[],
  finite: ReadonlySet<TypeDefinition>,
  reporter: Reporter,
): void {
  const least = circle.reduce((a, b) => (b.span.offset < a.span.offset ? b : a));
  const at = circle.indexOf(least);
  const ordered = [...circle.slice(at), ...circle.slice(0, at)];
  const [first, ...others] = ordered;
  if (first === undefined) return;
  const typedefs = ordered.every((type) => type.kind === "typedef");
  const message = typedefs
    ? `the typedef ${first.name} refers to itself`
    : `${first.kind} ${first.name} contains itself${others.length > 0 ? ` through ${namesOf(others)}` : ""}, so it has no end`;
  const hint = typedefs
    ? "one of the typedefs must name another type"
    : "put a pointer in between, as in `node *next;`";
  const related = others
    .slice(0, MAX_RELATED)
    .map((type) => ({ span: linkSpan(type, finite), message: `${type.name} continues here` }));
  const fixes = ordered.flatMap((type) => pointerFix(type, finite)).slice(0, 1);
  reportError(reporter, "circular-type", linkSpan(first, finite), message, { hint, related, fixes });
}

const MAX_RELATED = 5;

function namesOf(types: readonly TypeDefinition[]): string {
  const shown = types.slice(0, MAX_RELATED).map((type) => type.name);
  return types.length > MAX_RELATED ? `${shown.join(", ")} and others` : shown.join(", ");
}

/** The member that closes the cycle; for a typedef its name. */
function linkSpan(type: TypeDefinition, finite: ReadonlySet<TypeDefinition>): Span {
  return linkOf(type, finite)?.span ?? type.span;
}

function linkOf(type: TypeDefinition, finite: ReadonlySet<TypeDefinition>): Field | undefined {
  if (type.kind !== "struct" && type.kind !== "union") return undefined;
  return membersOf(type).find((m) => {
    const target = containedIn(m.type);
    return target !== undefined && !finite.has(target);
  });
}

/** Inserts a star before the member that closes the cycle; an array of pointers would need a typedef. */
function pointerFix(type: TypeDefinition, finite: ReadonlySet<TypeDefinition>): Fix[] {
  const link = linkOf(type, finite);
  if (link?.type.kind !== "named") return [];
  return [inserting(link.span, "*", `Make \`${link.name}\` a pointer`, 0)];
}
