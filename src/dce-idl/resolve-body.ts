// The bodies of enums and unions, and what fields of structures and arms have in common.
import type { Span } from "../idl/model/model.js";
import { nameWithin } from "../idl/names/free-names.js";
import type { Attribute, Declarator, Member, TypeSpec } from "./ast.js";
import { attribute } from "./attributes.js";
import { isDiscriminant } from "./derive.js";
import type { EnumBody, FieldModel, Model, UnionBody } from "./model.js";
import type { Names } from "./names.js";
import { unsendable } from "./problems.js";
import type { Problem, Reports } from "./reports.js";
import { isConformantModel, type Place, resolveType } from "./resolve-type.js";

export function enumBody(
  { enumerators = [] }: { readonly enumerators?: readonly { name: string; value: unknown; span: Span }[] },
  attributes: readonly Attribute[],
  names: Names,
): EnumBody {
  const size = attribute(attributes, "v1_enum") === undefined ? 2 : 4;
  let next = 0;
  let problem: Problem | undefined;
  const members = enumerators.map(({ name, value, span }) => {
    const number = value === undefined ? next : names.constant(value as never);
    const most = size === 2 ? 0x7fff : 0x7fff_ffff;
    if (number < -most - 1 || number > most)
      problem ??= {
        code: "out-of-range",
        span,
        message: `${number} does not fit in ${8 * size} bits`,
        hint: size === 2 ? "write [v1_enum] before the enum" : "give a smaller number",
      };
    names.defineMember(name, span, number);
    next = number + 1;
    return { name, value: number };
  });
  return { kind: "enum", size, members, problem };
}

type TaggedSpec = TypeSpec & { kind: "struct" | "union" | "enum" };

export function unionBody(spec: TaggedSpec, attributes: readonly Attribute[], place: Place): UnionBody {
  const { names } = place;
  const { discriminant, members = [] } = spec.tag;
  const tagType = tagTypeOf(spec, attributes, place);
  let tag = discriminant?.name ?? "tag";
  if (discriminant === undefined) while (members.some(({ declarator }) => declarator?.name === tag)) tag += "_";
  const seen = new Set<number | "default">();
  const declarators = declaratorsOf(members);
  const arms = members.map((member, i) => {
    const cases = casesOf(member, names);
    const declarator = declarators[i];
    if (!Array.isArray(cases))
      return { cases: [], field: { name: declarator?.name ?? "", type: cases, span: member.span } };
    for (const one of cases.length === 0 ? (["default"] as const) : cases) {
      if (seen.has(one)) names.reports.error("duplicate-case", member.span, `there are two arms for ${one}`);
      seen.add(one);
    }
    return { cases, field: declarator && armField(member, declarator, tag, place) };
  });
  const isMs = discriminant === undefined && (place.isMs === true || attribute(attributes, "ms_union") !== undefined);
  return { kind: "union", tag, tagType, arms, isEncapsulated: discriminant !== undefined, isMs };
}

/** The type of the discriminant. */
function tagTypeOf(spec: TaggedSpec, attributes: readonly Attribute[], place: Place): Model {
  const given = spec.tag.discriminant?.type ?? attribute(attributes, "switch_type")?.type;
  if (given === undefined) {
    const hint = "write [switch_type(long)] before it, or `union switch (long kind)`";
    return unsendable("missing-switch", spec.span, "the union has no discriminant", hint);
  }
  const type = resolveType(given, { name: "tag", layers: [], span: spec.span }, [], place, false);
  if (!isDiscriminant(type)) {
    const reports: Reports = place.names.reports;
    reports.fail("wrong-type", given.span, "a discriminant is an integer of at most 32 bits, or an enum");
  }
  return type;
}

/** The field of an arm; undefined for an empty arm. */
function armField(
  { type, attributes, span }: Member,
  declarator: Declarator,
  tag: string,
  place: Place,
): FieldModel | undefined {
  if (type === undefined) return undefined;
  const { reports } = place.names;
  const { name } = declarator;
  const where = { ...place, name: nameWithin(place.name ?? "", name) };
  const field = { name, span, type: resolveType(type, declarator, attributes, where, false) };
  checkFields([field], reports);
  if (name === tag) reports.error("duplicate-name", span, `\`${tag}\` is the name of the discriminant`);
  if (isConformantModel(field.type))
    reports.error("misplaced-array", span, "an arm cannot be an array without a fixed length", "use a pointer");
  return field;
}

/** The cases of an arm, empty for the default; or that it has none. */
function casesOf({ attributes, cases, span }: Member, names: Names): number[] | Model {
  if (cases !== undefined) return cases.includes("default") ? [] : cases.map((one) => names.constant(one as never));
  if (attribute(attributes, "default") !== undefined) return [];
  const values = attribute(attributes, "case")?.values ?? [];
  if (values.length === 0)
    return unsendable("missing-case", span, "the arm has no case", "write [case(1)] or [default] before it");
  return values.flatMap((one) => (one === undefined ? [] : [names.constant(one)]));
}

export function checkFields(fields: readonly FieldModel[], reports: Reports): void {
  const seen = new Set<string>();
  for (const { name, span, type } of fields) {
    if (seen.has(name)) reports.error("duplicate-name", span, `there are two fields \`${name}\``);
    if (name === "__proto__") reports.error("reserved-name", span, "this name cannot be used in JavaScript");
    if (type.kind === "void" || type.kind === "handle")
      reports.error("wrong-type", span, `\`${name}\` cannot have this type`);
    seen.add(name);
  }
}

/**
 * The declarator of each member with a type. A union or structure without a name is `u` or `s`, as for C programs of Windows, a second one
 * `u2`.
 */
export function declaratorsOf(members: readonly Member[]): (Declarator | undefined)[] {
  const taken = new Set(members.map(({ declarator }) => declarator?.name));
  const counts = { u: 0, s: 0 };
  return members.map(({ type, declarator, span }) => {
    if (type === undefined || declarator !== undefined) return type && declarator;
    const letter = type.kind === "union" ? "u" : "s";
    let name: string;
    do {
      const number = ++counts[letter];
      name = number === 1 ? letter : `${letter}${number}`;
    } while (taken.has(name));
    return { name, layers: [], span };
  });
}
