// Changes of unions, by the values of their discriminants.
import type { Field, Span, UnionDefinition } from "../model/model.js";
import { typeText } from "../model/type-text.js";
import { tellAffected } from "./affects.js";
import { type Change, change, NEW_VERSION } from "./change.js";
import { compareDeclared } from "./declared.js";
import { discriminantValues, haveSameBytes, wireDifference } from "./wire.js";

interface Arm {
  readonly label: string;
  readonly arm: Field | undefined;
  readonly span: Span;
}

export function compareUnions(before: UnionDefinition, after: UnionDefinition, affects: readonly string[]): Change[] {
  const changes: Change[] = [];
  const told = tellAffected(affects);
  const discriminant = wireDifference(before.discriminant.type, after.discriminant.type);
  if (discriminant !== undefined) {
    const message = `the discriminant of ${after.name} ${discriminant.text}: peers do not agree on its values; ${told}`;
    changes.push(
      change("error", "wire/discriminant-changed", after.discriminant.span, message, { hint: NEW_VERSION, affects }),
    );
  }
  if (before.discriminant.name !== after.discriminant.name) {
    changes.push(renamed(after.name, before.discriminant.name, after.discriminant));
  }
  const [old, now] = [armsOf(before), armsOf(after)];
  const [oldDefault, newDefault] = [defaultOf(before), defaultOf(after)];
  const names = new Set<string>();
  for (const value of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(value) ?? oldDefault, now.get(value) ?? newDefault];
    for (const one of compareArm(after.name, was, is, affects)) {
      if (!names.has(one.message)) changes.push(one);
      names.add(one.message);
    }
  }
  // A default arm beside a case for every value covers nothing, so it makes no difference.
  const isGone = newDefault === undefined && hasAll(now, before);
  const isNew = oldDefault === undefined && hasAll(old, after);
  return isGone || isNew ? changes : [...changes, ...compareDefaults(after, oldDefault, newDefault, affects)];
}

/** Whether there is a case for every value that peers of a union send. */
function hasAll(arms: ReadonlyMap<number, Arm>, sender: UnionDefinition): boolean {
  return discriminantValues(sender)?.every((value) => arms.has(value)) ?? false;
}

function armsOf({ cases }: UnionDefinition): Map<number, Arm> {
  return new Map(
    cases.flatMap(({ values, arm }) =>
      values.map(({ value, name, written, span }): [number, Arm] => [
        value,
        { label: name ?? written ?? String(value), arm, span },
      ]),
    ),
  );
}

function defaultOf(union: UnionDefinition): Arm | undefined {
  return union.default === undefined ? undefined : { label: "default", ...union.default };
}

function compareArm(union: string, was: Arm | undefined, is: Arm | undefined, affects: readonly string[]): Change[] {
  const told = tellAffected(affects);
  if (was === undefined && is !== undefined) {
    const message = `case ${is.label} was added to ${union}: old peers refuse a message with it; ${told}`;
    const hint = "send it only to peers that are known to have it, or only in a new version of the program";
    return [change("warning", "wire/case-added", is.span, message, { hint, affects })];
  }
  if (was === undefined) return [];
  if (is === undefined) {
    const message = `case ${was.label} was removed from ${union}: new peers refuse values that old ones send; ${told}`;
    return [change("error", "wire/case-removed", was.span, message, { hint: "keep it", affects })];
  }
  const label = is.label === "default" ? was.label : is.label;
  const difference = armDifference(was.arm, is.arm);
  if (difference !== undefined) {
    const message = `the arm of ${union} for ${label} ${difference}: old and new peers read each other's bytes wrongly; ${told}`;
    return [change("error", "wire/arm-changed", is.span, message, { hint: NEW_VERSION, affects })];
  }
  if (was.arm === undefined || is.arm === undefined) return [];
  const declared = compareDeclared(`${union}.${is.arm.name}`, was.arm.type, is.arm.type, is.arm.span, affects);
  return was.arm.name === is.arm.name ? declared : [renamed(union, was.arm.name, is.arm), ...declared];
}

function armDifference(was: Field | undefined, is: Field | undefined): string | undefined {
  if (was === undefined && is === undefined) return undefined;
  if (was === undefined || is === undefined) {
    return `was ${was === undefined ? "void" : typeText(was.type)}, is ${is === undefined ? "void" : typeText(is.type)}`;
  }
  const difference = wireDifference(was.type, is.type);
  if (difference === undefined || difference.about !== "type" || difference.effect === "widened") return undefined;
  return haveSameBytes([was.type], [is.type]) ? undefined : difference.text;
}

function renamed(union: string, was: string, is: Field): Change {
  const message = `${union}.${was} was renamed to ${is.name}: TypeScript that uses the old name does not compile`;
  const hint = "the bytes are the same; keep the old name if programs that you cannot change use it";
  return change("error", "source/field-renamed", is.span, message, { hint });
}

function compareDefaults(
  union: UnionDefinition,
  was: Arm | undefined,
  is: Arm | undefined,
  affects: readonly string[],
): Change[] {
  if (was === undefined && is !== undefined) {
    const message = `${union.name} has a default arm now: old peers still refuse the values that only it covers; ${tellAffected(affects)}`;
    return [change("warning", "wire/default-added", is.span, message, { affects })];
  }
  if (was !== undefined && is === undefined) {
    const message = `${union.name} has no default arm any more: new peers refuse values that old ones send; ${tellAffected(affects)}`;
    return [change("error", "wire/default-removed", union.span, message, { hint: "keep it", affects })];
  }
  return was === undefined ? [] : compareArm(union.name, was, is, affects);
}
