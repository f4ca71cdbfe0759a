// Definitions to a model: structures, unions, enums, operations.

import { primitiveSizes } from "../dce/ndr/layout.js";
import type { Span } from "../idl/model/model.js";
import { FreeNames, nameWithin } from "../idl/names/free-names.js";
import type { Attribute, Declarator, Definition, Interface, Member, TypeSpec } from "./ast.js";
import { attribute, checkTogether, isComHead, problemIn } from "./attributes.js";
import { baseTypeOf, redefinable } from "./base-types.js";
import { deepest, levelsOver, maxLevels, sizeOfFields } from "./contents.js";
import { derive, inferTags } from "./derive.js";
import { checkMethods, headOf, pointerDefaultOf, remoteOperations } from "./interface-head.js";
import type { FieldModel, InterfaceModel, NamedType, OperationModel } from "./model.js";
import type { Names } from "./names.js";
import { limitSizes } from "./ranges.js";
import { checkReferences } from "./references.js";
import { type Problem, type Reports, Stop } from "./reports.js";
import { checkFields, declaratorsOf, enumBody, unionBody } from "./resolve-body.js";
import { operationModel } from "./resolve-operation.js";
import { isConformantModel, type Place, type PointerKind, resolveType } from "./resolve-type.js";

export class Resolver {
  readonly #names: Names;
  #pointerDefault: PointerKind = "unique";
  #isMs = false;
  #isTypeStrict = false;
  #anonymous = 0;
  readonly #free = new FreeNames((name) => this.#names.types.has(name) || this.#names.aliases.has(name));
  /** Types whose definition is being read. */
  readonly #open = new Set<NamedType>();
  /** Types that were not complete where they were needed, which was reported. */
  readonly incomplete = new Set<NamedType>();
  /** Interfaces of COM. */
  readonly com: Problem[] = [];

  constructor(names: Names) {
    this.#names = names;
  }

  get #place(): Place {
    return {
      names: this.#names,
      pointerDefault: this.#pointerDefault,
      isMs: this.#isMs,
      isTypeStrict: this.#isTypeStrict,
      tagged: (spec, attributes, name) => this.#tagged(spec, attributes, undefined, name),
    };
  }

  /** Definitions other than operations, in order. */
  definitions(all: readonly Definition[]): void {
    for (const one of all) this.#stopping(() => this.#definition(one));
  }

  /** The definitions of an interface of an imported file: its operations belong to that file. */
  imported({ attributes, definitions, com }: Interface): void {
    this.#enter(attributes);
    const isMuted = this.#names.reports.mute(com !== undefined);
    this.definitions(definitions);
    this.#names.reports.mute(isMuted);
    this.#enter([]);
  }

  /** None for an interface without operations and identifier, and for one that was refused. */
  interface(one: Interface): InterfaceModel[] {
    const { reports } = this.#names;
    const { attributes } = one;
    checkTogether(attributes, reports);
    if (one.com !== undefined) {
      this.#com(one, one.com);
      return [];
    }
    reports.problem(problemIn(attributes));
    const given = remoteOperations(one, reports);
    const head = headOf(one, given.length > 0, reports);
    this.#enter(attributes);
    this.definitions(one.definitions);
    const operations: OperationModel[] = [];
    for (const [i, operation] of given.entries())
      this.#stopping(() => operations.push(operationModel(operation, i, this.#place)));
    this.#enter([]);
    checkMethods(operations, reports);
    return head.uuid === "" && operations.length === 0 ? [] : [{ ...head, operations }];
  }

  /** Its types count: others may use them. */
  #com({ name, attributes, definitions }: Interface, span: Span): void {
    const { reports } = this.#names;
    const isCom = attributes.some((one) => isComHead(one.name));
    const isMuted = reports.mute(isCom);
    this.definitions(definitions);
    reports.mute(isMuted);
    const message = `\`${name}\` is an interface of COM, which is not supported`;
    if (isCom)
      this.com.push({
        code: "unsupported",
        span,
        message,
        hint: "remove it, or move its types to a file of their own",
      });
    else
      reports.error(
        "unsupported",
        span,
        "interfaces that extend another one are not supported",
        "write all operations, in order",
      );
  }

  /** The attributes of an interface count until its end. */
  #enter(attributes: readonly Attribute[]): void {
    this.#pointerDefault = pointerDefaultOf(attributes, this.#names.reports);
    this.#isMs = attribute(attributes, "ms_union") !== undefined;
    this.#isTypeStrict = attribute(attributes, "type_strict_context_handle") !== undefined;
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
      if (!names.define(one.name, one.span, one.value)) return;
      names.constants.set(one.name, typeof one.value === "string" ? one.value : names.constant(one.value));
    } else if (one.kind === "tagged") this.#tagged(one.type, one.attributes, undefined);
    else if (one.kind === "typedef") this.#typedef(one);
  }

  #typedef({ type, declarators, attributes }: Definition & { kind: "typedef" }): void {
    const names = this.#names;
    const plain = declarators.find(({ layers }) => layers.length === 0);
    const isNew = type.kind !== "name" && type.kind !== "base";
    const tagged = isNew ? this.#tagged(type, attributes, plain?.name) : undefined;
    const range = isNew ? attribute(attributes, "range") : undefined;
    if (range !== undefined)
      names.reports.error(
        "misplaced-attribute",
        range.span,
        "`range` is for the uses of a type that is defined here",
        "write it before a field or parameter",
      );
    for (const declarator of declarators) {
      if (redefinable.has(declarator.name)) {
        this.#redefined(type, declarator);
        continue;
      }
      if (!names.define(declarator.name, declarator.span, { type, attributes, layers: declarator.layers })) continue;
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

  /** A built-in type that a file defines itself, as `typedef unsigned short wchar_t`. */
  #redefined(type: TypeSpec, { name, layers, span }: Declarator): void {
    const sizes: Readonly<Record<string, number>> = primitiveSizes;
    const sizeOf = (word: string | undefined) => sizes[word ?? ""];
    const isSame =
      name === "handle_t" ||
      (layers.length === 0 && type.kind === "base" && sizeOf(type.name) === sizeOf(baseTypeOf([name])));
    if (!isSame)
      this.#names.reports.error(
        "reserved-name",
        span,
        `\`${name}\` is a built-in type, and another one`,
        "choose another name",
      );
  }

  /** A structure, union or enum by its tag; with a body, its definition. */
  #tagged(
    spec: TypeSpec,
    attributes: readonly Attribute[],
    typedefName: string | undefined,
    place?: string,
  ): NamedType {
    if (spec.kind !== "struct" && spec.kind !== "union" && spec.kind !== "enum") throw new Error("not tagged");
    const { tags } = this.#names;
    const { name: tag, members, enumerators } = spec.tag;
    const key = tag === undefined ? undefined : `${spec.kind} ${tag}`;
    let type = key === undefined ? undefined : tags.get(key);
    if (type === undefined) {
      type = { name: typedefName ?? tag ?? this.#nameOf(place), span: spec.span, body: undefined };
      if (key !== undefined) tags.set(key, type);
    }
    this.#names.types.set(type.name, this.#names.types.get(type.name) ?? type);
    type.problem ??= problemIn(attributes);
    if (members === undefined && enumerators === undefined) return type;
    if (type.body !== undefined)
      this.#names.reports.fail("duplicate-name", spec.span, `\`${spec.kind} ${tag}\` is already defined`);
    if (enumerators !== undefined) type.body = enumBody(spec.tag, attributes, this.#names);
    else if (spec.kind === "union") this.#union(type, spec, attributes);
    else {
      this.#open.add(type);
      const fields = this.#fields(members ?? [], spec.span, type.name);
      const last = fields.at(-1);
      const isConformant = last !== undefined && isConformantModel(last.type);
      type.body = { kind: "struct", fields, isConformant, size: sizeOfFields(fields) };
      type.levels = levelsOver(fields);
    }
    return type;
  }

  #union(
    type: NamedType,
    spec: TypeSpec & { kind: "struct" | "union" | "enum" },
    attributes: readonly Attribute[],
  ): void {
    const body = unionBody(spec, attributes, { ...this.#place, name: type.name });
    const fields = body.arms.flatMap(({ field }) => field ?? []);
    this.#checkContents(fields);
    type.body = body;
    type.levels = levelsOver(fields);
  }

  /** A name for a type without one. */
  #nameOf(place = `anonymous_${++this.#anonymous}`): string {
    return this.#free.near(place);
  }

  #fields(members: readonly Member[], span: Span, owner: string): FieldModel[] {
    const reports: Reports = this.#names.reports;
    const fields: FieldModel[] = [];
    const declarators = declaratorsOf(members);
    for (const [i, { type, attributes, span: at }] of members.entries()) {
      const named = declarators[i];
      if (type === undefined || named === undefined) reports.fail("syntax", at, "a structure's field needs a type");
      fields.push({
        name: named.name,
        type: resolveType(type, named, attributes, { ...this.#place, name: nameWithin(owner, named.name) }, false),
        span: at,
      });
    }
    if (fields.length === 0) reports.fail("empty-struct", span, "a structure needs a field");
    checkFields(fields, reports);
    this.#checkContents(fields);
    inferTags(fields);
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
    return derive(limitSizes(fields));
  }

  /** Reports types that are contained before they are defined, and too many within each other. */
  #checkContents(fields: readonly FieldModel[]): void {
    const deep = deepest(fields);
    if (deep !== undefined) {
      const message = `more than ${maxLevels} structures and unions contain each other here`;
      this.#names.reports.error("too-deep", deep.span, message, "use a pointer");
    }
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
}

function withoutTypeAttributes(attributes: readonly Attribute[]): Attribute[] {
  return attributes.filter(({ name }) => name !== "switch_type" && name !== "v1_enum");
}
