// Changes of types and constants, by their names.
import type { Definition, EnumDefinition, Field, StructDefinition, Type, TypeDefinition } from "../model/model.js";
import { isType } from "../model/references.js";
import { typeText } from "../model/type-text.js";
import { type Reach, tellAffected } from "./affects.js";
import { type Change, change, firstBy, NEW_VERSION } from "./change.js";
import { compareDeclared } from "./declared.js";
import { compareUnions } from "./unions.js";
import { countOf, haveSameBytes, wholeFields, wireDifference } from "./wire.js";

export function compareType(before: TypeDefinition, after: TypeDefinition, reach: Reach): Change[] {
  const affects = reach.get(before.name) ?? [];
  if (before.kind === "enum" && after.kind === "enum") return compareEnums(before, after, affects);
  if (before.kind === "struct" && after.kind === "struct") return compareStructs(before, after, affects);
  if (before.kind === "union" && after.kind === "union") return compareUnions(before, after, affects);
  if (before.kind === "typedef" && after.kind === "typedef") {
    const changes = compareDeclared(after.name, before.type, after.type, after.span, affects).map((one) =>
      one.code === "source/type-changed"
        ? { ...one, message: `${one.message}; ${tellAffected(affects)}`, affects }
        : one,
    );
    const [was, is] = [typeText(before.type), typeText(after.type)];
    if (changes.length > 0 || was === is) return changes;
    return [change("warning", "source/type-changed", after.span, `${after.name} was ${was}, is ${is}: the same bytes`)];
  }
  if (haveSameBytes(bytesOf(before), bytesOf(after))) return [sameBytesChange(before, after)];
  const message = `${after.name} was a ${before.kind}, is a ${after.kind}; ${tellAffected(affects)}`;
  return [change("error", "wire/type-changed", after.span, message, { hint: NEW_VERSION, affects })];
}

/** The wire form of a type, as far as types can express it. */
function bytesOf(definition: TypeDefinition): readonly Type[] {
  if (definition.kind === "struct") return wholeFields(definition).map(({ type }) => type);
  return [definition.kind === "typedef" ? definition.type : { kind: "named", definition }];
}

/** `int xy[2]` */
function declaredAs(name: string, type: Type): string {
  const [, words = "", bound = ""] = /^([^[<]*)(.*)$/.exec(typeText(type)) ?? [];
  return `${words.trimEnd()} ${name}${bound}`.replace("* ", "*");
}

function sameBytesChange(before: TypeDefinition, after: TypeDefinition): Change {
  const shown = (one: TypeDefinition): string =>
    one.kind === "struct"
      ? `{ ${wholeFields(one)
          .map(({ name, type }) => declaredAs(name, type))
          .join("; ")} }`
      : `a ${one.kind}`;
  const message = `${after.name} was ${shown(before)}, is ${shown(after)}: TypeScript that uses it does not compile`;
  return change("error", "source/type-changed", after.span, message, { hint: "the bytes are the same" });
}

function compareStructs(before: StructDefinition, after: StructDefinition, affects: readonly string[]): Change[] {
  const changes = compareFields(before, after, affects);
  const isBroken = changes.some(({ category, severity }) => category === "wire" && severity === "error");
  const isSame = isBroken && stayInPlace(before, after) && haveSameBytes(bytesOf(before), bytesOf(after));
  return isSame ? [sameBytesChange(before, after)] : changes;
}

/**
 * Whether the fields that both have are at the same place in the bytes. If two ints are swapped, each is read as the
 * other.
 */
function stayInPlace(before: StructDefinition, after: StructDefinition): boolean {
  const [old, now] = [placesOf(before), placesOf(after)];
  return [...old].every(([name, place]) => (now.get(name) ?? place) === place);
}

/** The number of simple values before each field. */
function placesOf(struct: StructDefinition): Map<string, number> {
  const places = new Map<string, number>();
  let place = 0;
  for (const { name, type } of wholeFields(struct)) {
    places.set(name, place);
    place += countOf(type);
  }
  return places;
}

function compareFields(before: StructDefinition, after: StructDefinition, affects: readonly string[]): Change[] {
  const [old, now] = [wholeFields(before), wholeFields(after)];
  const renamed = renamedFields(old, now);
  const nowNamed = new Map(now.map((field) => [field.name, field]));
  const oldNames = new Set(old.map(({ name }) => name));
  const newNames = new Set(renamed.values());
  const changes: Change[] = [];
  for (const field of old) {
    const same = nowNamed.get(renamed.get(field.name) ?? field.name);
    if (same === undefined) changes.push(fieldGone(before, field, affects));
    else changes.push(...compareField(after.name, field, same, affects));
  }
  for (const field of now) {
    if (!oldNames.has(field.name) && !newNames.has(field.name)) changes.push(fieldAdded(after, field, affects));
  }
  const common = new Set(old.map(({ name }) => renamed.get(name) ?? name).filter((name) => nowNamed.has(name)));
  const order = now.map(({ name }) => name).filter((name) => common.has(name));
  if ([...common].join() !== order.join()) {
    const message = `the fields of ${after.name} are in another order: peers read one as another; ${tellAffected(affects)}`;
    changes.push(change("error", "wire/field-moved", after.span, message, { hint: "restore the old order", affects }));
  }
  return changes;
}

/** Fields at the same place and of the same type that have a new name. */
function renamedFields(old: readonly Field[], now: readonly Field[]): Map<string, string> {
  const renamed = new Map<string, string>();
  if (old.length !== now.length) return renamed;
  const [oldNames, newNames] = [new Set(old.map(({ name }) => name)), new Set(now.map(({ name }) => name))];
  for (const [index, { name, type }] of old.entries()) {
    const other = now[index];
    if (other === undefined || newNames.has(name) || oldNames.has(other.name)) continue;
    if (wireDifference(type, other.type) === undefined) renamed.set(name, other.name);
  }
  return renamed;
}

export function compareField(owner: string, old: Field, now: Field, affects: readonly string[]): Change[] {
  const changes: Change[] = [];
  if (old.name !== now.name) {
    const message = `${owner}.${old.name} was renamed to ${now.name}: TypeScript that uses the old name does not compile`;
    const hint = "the bytes are the same; keep the old name if programs that you cannot change use it";
    changes.push(change("error", "source/field-renamed", now.span, message, { hint }));
  }
  changes.push(...compareDeclared(`${owner}.${now.name}`, old.type, now.type, now.span, affects));
  return changes;
}

function fieldAdded({ name }: StructDefinition, field: Field, affects: readonly string[]): Change {
  const message = `field ${field.name} was added to ${name}: old peers read its bytes as the next field, or refuse the message; ${tellAffected(affects)}`;
  return change("error", "wire/field-added", field.span, message, { hint: NEW_VERSION, affects });
}

function fieldGone({ name }: StructDefinition, field: Field, affects: readonly string[]): Change {
  const message = `field ${field.name} was removed from ${name}: old peers read the bytes that follow as this field; ${tellAffected(affects)}`;
  return change("error", "wire/field-removed", field.span, message, { hint: NEW_VERSION, affects });
}

function compareEnums(before: EnumDefinition, after: EnumDefinition, affects: readonly string[]): Change[] {
  const changes: Change[] = [];
  const oldNames = new Map(before.members.map((member) => [member.name, member]));
  const newNames = new Map(after.members.map((member) => [member.name, member]));
  const oldValues = new Set(before.members.map(({ value }) => value));
  const heirs = firstBy(after.members, ({ value }) => value);
  for (const { name, value, written, span } of before.members) {
    const same = newNames.get(name);
    const heir = heirs.get(value);
    if (same !== undefined && same.value !== value) {
      const message = `${name} was ${written ?? value}, is ${same.written ?? same.value}: old and new peers use it for different values; ${tellAffected(affects)}`;
      changes.push(
        change("error", "wire/member-renumbered", same.span, message, { hint: "restore its number", affects }),
      );
    } else if (same === undefined && heir !== undefined && !oldNames.has(heir.name)) {
      const message = `member ${name} of ${after.name} was renamed to ${heir.name}: TypeScript that uses the old name does not compile`;
      changes.push(
        change("error", "source/member-renamed", heir.span, message, { hint: "keep the old name beside it" }),
      );
    } else if (same === undefined) {
      const message = `member ${name} was removed from ${after.name}: new peers refuse ${written ?? value}, which old ones send; ${tellAffected(affects)}`;
      changes.push(
        change("error", "wire/member-removed", span, message, {
          hint: "keep it, and mark it as unused in a comment",
          affects,
        }),
      );
    }
  }
  for (const { name, value, written, span } of after.members) {
    if (oldNames.has(name) || oldValues.has(value)) continue;
    const message = `member ${name} was added to ${after.name}: old peers refuse a message with ${written ?? value} in it, and a switch over all members stops compiling; ${tellAffected(affects)}`;
    const hint = "send it only to peers that are known to have it, or only in a new version of the program";
    changes.push(change("warning", "wire/member-added", span, message, { hint, affects }));
  }
  return changes;
}

/** Definitions that only one of the two interfaces has, and changed constants. */
export function compareNames(before: readonly Definition[], after: readonly Definition[]): Change[] {
  const [old, now] = [byName(before), byName(after)];
  const heirOf = heirsAmong([...now.values()].filter(isType).filter(({ name }) => !old.has(name)));
  const changes: Change[] = [];
  for (const definition of old.values()) {
    const { name, kind, span } = definition;
    const same = now.get(name);
    if (same === undefined) changes.push(goneChange(definition, isType(definition) ? heirOf(definition) : undefined));
    else if (kind === "const" && same.kind === "const" && same.value !== definition.value) {
      const message = `constant ${name} was ${definition.written ?? definition.value}, is ${same.written ?? same.value}: programs keep the old value until they are compiled again`;
      changes.push(change("warning", "source/const-changed", same.span, message));
    } else if (isType(definition) !== isType(same)) {
      const message = `${name} was a ${kind}, is a ${same.kind}: TypeScript that uses it does not compile`;
      changes.push(change("error", "source/kind-changed", span, message));
    }
  }
  for (const { name, kind, span } of now.values()) {
    if (old.has(name)) continue;
    changes.push(change("note", "source/added", span, `${kind} ${name} is new: nothing that exists uses it`));
  }
  return changes;
}

function byName(definitions: readonly Definition[]): Map<string, Definition> {
  return new Map(definitions.filter(({ kind }) => kind !== "program").map((one) => [one.name, one]));
}

/** The most new types that are compared with one that was removed. */
const MAX_HEIRS = 100;

/** Finds the new name of a removed type. Types that are renamed mostly stay in order, so the search begins behind the last one found. */
function heirsAmong(added: readonly TypeDefinition[]): (gone: TypeDefinition) => TypeDefinition | undefined {
  let start = 0;
  return (gone) => {
    for (let i = 0; i < Math.min(added.length, MAX_HEIRS); i++) {
      const place = (start + i) % added.length;
      const one = added[place] as TypeDefinition;
      if (!isSame(gone, one)) continue;
      start = place + 1;
      return one;
    }
    return undefined;
  };
}

function goneChange(gone: Definition, heir: TypeDefinition | undefined): Change {
  const { name, kind, span } = gone;
  const message = `${kind} ${name} was removed: TypeScript that imports it does not compile`;
  const hint =
    heir === undefined
      ? "keep it as long as programs use it"
      : `if it is called ${heir.name} now, add \`typedef ${heir.name} ${name};\``;
  return change("error", kind === "const" ? "source/const-removed" : "source/type-removed", span, message, { hint });
}

function isSame(a: TypeDefinition, b: TypeDefinition): boolean {
  return (
    a.kind === b.kind &&
    wireDifference({ kind: "named", definition: a }, { kind: "named", definition: b }) === undefined
  );
}
