// Definitions to a model: structures, unions, enums, operations.

import type { Span } from "../idl/model/model.js";
import type { Attribute, Definition, Interface, Member, TypeSpec } from "./ast.js";
import { attribute, checkTogether } from "./attributes.js";
import { derive } from "./derive.js";
import { methodNameOf } from "./method-names.js";
import type {
  EnumBody,
  FieldModel,
  InterfaceModel,
  Model,
  NamedType,
  OperationModel,
  ParamModel,
  UnionBody,
} from "./model.js";
import type { Names } from "./names.js";
import { checkReferences } from "./references.js";
import { type Reports, Stop } from "./reports.js";
import { isConformantModel, type Place, type PointerKind, resolveType } from "./resolve-type.js";

export class Resolver {
  readonly #names: Names;
  #pointerDefault: PointerKind = "unique";
  #anonymous = 0;
  /** Types whose definition is being read. */
  readonly #open = new Set<NamedType>();
  /** Types that were not complete where they were needed, which was reported. */
  readonly incomplete = new Set<NamedType>();

  constructor(names: Names) {
    this.#names = names;
  }

  get #place(): Place {
    return {
      names: this.#names,
      pointerDefault: this.#pointerDefault,
      tagged: (spec, attributes) => this.#tagged(spec, attributes, undefined),
    };
  }

  /** Definitions other than operations, in order. */
  definitions(all: readonly Definition[]): void {
    for (const one of all) this.#stopping(() => this.#definition(one));
  }

  /** The definitions of an interface of an imported file: its operations belong to that file. */
  imported({ attributes, definitions }: Interface): void {
    this.#pointerDefault = this.#pointers(attribute(attributes, "pointer_default"));
    this.definitions(definitions);
    this.#pointerDefault = "unique";
  }

  interface(given: Interface): InterfaceModel {
    const reports: Reports = this.#names.reports;
    const { attributes, name, span } = given;
    checkTogether(attributes, reports);
    const uuid = attribute(attributes, "uuid");
    if (uuid === undefined)
      reports.error(
        "missing-uuid",
        span,
        `the interface \`${name}\` has no uuid`,
        "make one with `lupine dce uuidgen`",
      );
    else if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(uuid.words[0] ?? "")) {
      reports.error("bad-uuid", uuid.span, "this is not a UUID", "make one with `lupine dce uuidgen`");
    }
    const [major, minor] = this.#version(attribute(attributes, "version"));
    this.#pointerDefault = this.#pointers(attribute(attributes, "pointer_default"));
    this.definitions(given.definitions);
    const operations: OperationModel[] = [];
    for (const one of given.definitions) {
      if (one.kind !== "operation") continue;
      this.#stopping(() => operations.push(this.#operation(one, operations.length)));
    }
    this.#pointerDefault = "unique";
    this.#unique(
      operations.map(({ name: one }) => one),
      given.definitions,
    );
    return {
      name,
      uuid: (uuid?.words[0] ?? "").toLowerCase(),
      major,
      minor,
      endpoints: attribute(attributes, "endpoint")?.words ?? [],
      operations,
    };
  }

  #unique(names: readonly string[], definitions: readonly Definition[]): void {
    const seen = new Set<string>();
    const places = definitions.filter((one) => one.kind === "operation");
    for (const [i, name] of names.entries()) {
      const method = methodNameOf(name);
      const span = places[i]?.span;
      if (seen.has(method) && span)
        this.#names.reports.error("duplicate-name", span, `another operation has the method \`${method}\``);
      seen.add(method);
    }
  }

  #version(given: Attribute | undefined): [number, number] {
    if (given === undefined) return [0, 0];
    const match = /^(\d{1,5})(?:\.(\d{1,5}))?$/.exec(given.words.join(","));
    const parts = [Number(match?.[1]), Number(match?.[2] ?? 0)] as [number, number];
    if (parts.every((part) => part <= 0xffff)) return parts;
    this.#names.reports.error(
      "out-of-range",
      given.span,
      "a version is two numbers from 0 to 65535",
      "write version(1.0)",
    );
    return [0, 0];
  }

  #pointers(given: Attribute | undefined): PointerKind {
    const word = given?.words[0] ?? "unique";
    if (word === "ref" || word === "unique" || word === "ptr") return word;
    this.#names.reports.error(
      "unknown-attribute",
      (given as Attribute).span,
      `\`${word}\` is not a kind of pointer`,
      "there are ref, unique and ptr",
    );
    return "unique";
  }

  #stopping(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
  }

  #definition(one: Definition): void {
    const names = this.#names;
    if (one.kind === "const") {
      names.define(one.name, one.span);
      names.constants.set(one.name, typeof one.value === "string" ? one.value : names.constant(one.value));
    } else if (one.kind === "tagged") this.#tagged(one.type, one.attributes, undefined);
    else if (one.kind === "typedef") this.#typedef(one);
  }

  #typedef({ type, declarators, attributes }: Definition & { kind: "typedef" }): void {
    const names = this.#names;
    const plain = declarators.find(({ layers }) => layers.length === 0);
    const isNew = type.kind !== "name" && type.kind !== "base";
    const tagged = isNew ? this.#tagged(type, attributes, plain?.name) : undefined;
    for (const declarator of declarators) {
      names.define(declarator.name, declarator.span);
      if (tagged !== undefined && declarator === plain) names.types.set(declarator.name, tagged);
      else if (tagged !== undefined) {
        const inner: TypeSpec = { kind: "name", name: tagged.name, span: declarator.span };
        names.types.set(tagged.name, tagged);
        names.aliases.set(declarator.name, {
          attributes: withoutTypeAttributes(attributes),
          type: inner,
          declarator,
          pointerDefault: this.#pointerDefault,
        });
      } else names.aliases.set(declarator.name, { attributes, type, declarator, pointerDefault: this.#pointerDefault });
    }
    // Errors in a typedef are reported even if it is not used.
    if (tagged === undefined)
      for (const declarator of declarators) resolveType(type, declarator, attributes, this.#place, false);
  }

  /** A structure, union or enum by its tag; with a body, its definition. */
  #tagged(spec: TypeSpec, attributes: readonly Attribute[], typedefName: string | undefined): NamedType {
    if (spec.kind !== "struct" && spec.kind !== "union" && spec.kind !== "enum") throw new Error("not tagged");
    const { tags } = this.#names;
    const { name: tag, members, enumerators } = spec.tag;
    const key = tag === undefined ? undefined : `${spec.kind} ${tag}`;
    let type = key === undefined ? undefined : tags.get(key);
    if (type === undefined) {
      type = { name: typedefName ?? tag ?? `anonymous_${++this.#anonymous}`, span: spec.span, body: undefined };
      if (key !== undefined) tags.set(key, type);
    }
    this.#names.types.set(type.name, this.#names.types.get(type.name) ?? type);
    if (members === undefined && enumerators === undefined) return type;
    if (type.body !== undefined)
      this.#names.reports.fail("duplicate-name", spec.span, `\`${spec.kind} ${tag}\` is already defined`);
    if (enumerators !== undefined) type.body = this.#enum(spec.tag, attributes);
    else if (spec.kind === "union") type.body = this.#union(spec, attributes);
    else {
      this.#open.add(type);
      type.body = { kind: "struct", fields: this.#fields(members ?? [], spec.span) };
    }
    return type;
  }

  #fields(members: readonly Member[], span: Span): FieldModel[] {
    const reports: Reports = this.#names.reports;
    const fields: FieldModel[] = [];
    for (const { type, declarator, attributes, span: at } of members) {
      if (type === undefined || declarator === undefined)
        reports.fail("syntax", at, "a structure's field needs a type");
      fields.push({
        name: declarator.name,
        type: resolveType(type, declarator, attributes, this.#place, false),
        span: at,
      });
    }
    if (fields.length === 0) reports.fail("empty-struct", span, "a structure needs a field");
    this.#checkFields(fields);
    this.#checkComplete(fields);
    checkReferences(fields, { fields, written: members, what: "field" }, reports);
    for (const field of fields.slice(0, -1)) {
      if (isConformantModel(field.type)) {
        reports.error(
          "misplaced-array",
          field.span,
          `only the last field may be an array without a fixed length`,
          "use a pointer",
        );
      }
    }
    return derive(fields);
  }

  /** Reports types that are contained before they are defined. */
  #checkComplete(fields: readonly FieldModel[]): void {
    for (const { span, type } of fields) {
      if (type.kind !== "named" || type.type.body !== undefined) continue;
      const isOpen = this.#open.has(type.type);
      this.incomplete.add(type.type);
      this.#names.reports.error(
        "undefined-name",
        span,
        `\`${type.type.name}\` is not complete here${isOpen ? ": it cannot contain itself" : ""}`,
        isOpen ? "use a pointer" : "define it before, or use a pointer",
      );
    }
  }

  #checkFields(fields: readonly FieldModel[]): void {
    const reports: Reports = this.#names.reports;
    const seen = new Set<string>();
    for (const { name, span, type } of fields) {
      if (seen.has(name)) reports.error("duplicate-name", span, `there are two fields \`${name}\``);
      if (name === "__proto__") reports.error("reserved-name", span, "this name cannot be used in JavaScript");
      if (type.kind === "void" || type.kind === "handle")
        reports.error("wrong-type", span, `\`${name}\` cannot have this type`);
      seen.add(name);
    }
  }

  #enum(
    { enumerators = [] }: { readonly enumerators?: readonly { name: string; value: unknown; span: Span }[] },
    attributes: readonly Attribute[],
  ): EnumBody {
    const names = this.#names;
    const size = attribute(attributes, "v1_enum") === undefined ? 2 : 4;
    let next = 0;
    const members = enumerators.map(({ name, value, span }) => {
      const number = value === undefined ? next : names.constant(value as never);
      const most = size === 2 ? 0x7fff : 0x7fff_ffff;
      if (number < -most - 1 || number > most)
        names.reports.error(
          "out-of-range",
          span,
          `${number} does not fit in ${8 * size} bits`,
          size === 2 ? "write [v1_enum] before the enum" : undefined,
        );
      names.defineMember(name, span, number);
      next = number + 1;
      return { name, value: number };
    });
    return { kind: "enum", size, members };
  }

  #union(spec: TypeSpec & { kind: "struct" | "union" | "enum" }, attributes: readonly Attribute[]): UnionBody {
    const reports: Reports = this.#names.reports;
    const { discriminant, members = [] } = spec.tag;
    const given = discriminant?.type ?? attribute(attributes, "switch_type")?.type;
    if (given === undefined)
      reports.fail(
        "missing-switch",
        spec.span,
        "the union has no discriminant",
        "write [switch_type(long)] before it, or `union switch (long kind)`",
      );
    const tagType = resolveType(given, { name: "tag", layers: [], span: spec.span }, [], this.#place, false);
    const isEnum = tagType.kind === "named" && tagType.type.body?.kind === "enum";
    const isNumber =
      tagType.kind === "primitive" && !/^(float|double|boolean|hyper|unsigned hyper)$/.test(tagType.name);
    if (!isEnum && !isNumber)
      reports.fail("wrong-type", given.span, "a discriminant is an integer of at most 32 bits, or an enum");
    const tag = discriminant?.name ?? "tag";
    const seen = new Set<number | "default">();
    const arms = members.map((member) => {
      const cases = this.#cases(member);
      for (const one of cases.length === 0 ? (["default"] as const) : cases) {
        if (seen.has(one)) reports.error("duplicate-case", member.span, `there are two arms for ${one}`);
        seen.add(one);
      }
      const field = member.type &&
        member.declarator && {
          name: member.declarator.name,
          span: member.span,
          type: resolveType(member.type, member.declarator, member.attributes, this.#place, false),
        };
      if (field !== undefined) {
        this.#checkFields([field]);
        this.#checkComplete([field]);
        if (field.name === tag)
          reports.error("duplicate-name", member.span, `\`${tag}\` is the name of the discriminant`);
        if (isConformantModel(field.type))
          reports.error(
            "misplaced-array",
            member.span,
            "an arm cannot be an array without a fixed length",
            "use a pointer",
          );
      }
      return { cases, field };
    });
    return { kind: "union", tag, tagType, arms, isEncapsulated: discriminant !== undefined };
  }

  /** The cases of an arm; empty for the default. */
  #cases({ attributes, cases, span }: Member): number[] {
    const names = this.#names;
    if (cases !== undefined) return cases.includes("default") ? [] : cases.map((one) => names.constant(one as never));
    if (attribute(attributes, "default") !== undefined) return [];
    const values = attribute(attributes, "case")?.values ?? [];
    if (values.length === 0)
      names.reports.fail("missing-case", span, "the arm has no case", "write [case(1)] or [default] before it");
    return values.flatMap((one) => (one === undefined ? [] : [names.constant(one)]));
  }

  #operation(given: Definition & { kind: "operation" }, opnum: number): OperationModel {
    const reports: Reports = this.#names.reports;
    const { declarator, attributes, type } = given;
    checkTogether(attributes, reports);
    const params: ParamModel[] = [];
    for (const param of given.params) {
      const model = this.#param(param);
      if (model !== undefined) params.push(model);
    }
    this.#checkFields(params);
    const result = resolveType(
      type,
      { ...declarator },
      attributes.filter(({ name }) => name !== "string" || declarator.layers.length > 0),
      this.#place,
      false,
    );
    const results = result.kind === "void" ? [] : [{ name: "the result", type: result, span: given.span, out: true }];
    const siblings = { fields: params, written: [...given.params, given], what: "parameter" } as const;
    checkReferences([...params, ...results], siblings, reports);
    const has = (name: string) => attribute(attributes, name) !== undefined;
    const semantics = has("maybe") ? "maybe" : has("idempotent") || has("broadcast") ? "at-least-once" : "at-most-once";
    if (semantics === "maybe" && (result.kind !== "void" || params.some(({ out }) => out))) {
      reports.error("maybe-with-result", declarator.span, "a `maybe` operation has no reply, so it can return nothing");
    }
    return {
      name: declarator.name,
      method: methodNameOf(declarator.name),
      opnum,
      params: derive(params),
      result: result.kind === "void" ? undefined : result,
      semantics,
    };
  }

  #param({ attributes, type, declarator, span }: Member): ParamModel | undefined {
    const reports: Reports = this.#names.reports;
    if (type === undefined || declarator === undefined) return undefined;
    const model = resolveType(type, declarator, attributes, this.#place, true);
    if (model.kind === "handle") return undefined;
    const isOut = attribute(attributes, "out") !== undefined;
    const isIn = attribute(attributes, "in") !== undefined || !isOut;
    if (model.kind === "pointer" && model.pointer !== "ref" && !isIn) {
      reports.error(
        "out-pointer",
        attribute(attributes, model.pointer)?.span ?? span,
        `the [out] parameter \`${declarator.name}\` cannot be null: the caller says where the result goes`,
        `write ** for a result that may be null, or remove \`${model.pointer}\``,
      );
    }
    const stripped = model.kind === "pointer" && (model.pointer === "ref" || !isIn) ? model.to : model;
    const isReference =
      stripped !== model || stripped.kind === "array" || stripped.kind === "string" || declarator.layers.length > 0;
    if (isOut && !isReference)
      reports.error(
        "out-by-value",
        span,
        `the [out] parameter \`${declarator.name}\` must be a pointer or an array`,
        "write * before its name",
      );
    return { name: declarator.name, type: withoutReference(stripped), span, in: isIn, out: isOut };
  }
}

/** A context handle behind a pointer is sent as the handle. */
function withoutReference(type: Model): Model {
  return type.kind === "pointer" && type.to.kind === "context_handle" ? type.to : type;
}

function withoutTypeAttributes(attributes: readonly Attribute[]): Attribute[] {
  return attributes.filter(({ name }) => name !== "switch_type" && name !== "v1_enum");
}
