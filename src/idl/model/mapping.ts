// Applies options of the mapping to the model, so that generated and dynamic codecs follow them alike. Options change
// TypeScript values, never bytes on the wire.

import { camelCase, methodNameAs, type Naming } from "../names/names.js";
import type { Draft } from "../names/scope.js";
import { type Annotated, effectiveOf, semanticsFields } from "../syntax/annotations.js";
import { endsInLink } from "./lists.js";
import type {
  CharEncoding,
  Definition,
  EnumDefinition,
  Field,
  PrimitiveType,
  ProcedureDefinition,
  ProgramDefinition,
  StructDefinition,
  Type,
  TypedefDefinition,
  UnionDefinition,
} from "./model.js";
import { primitiveFacts } from "./primitives.js";
import { mapElement } from "./references.js";
import { behindTypedefs } from "./typedefs.js";

/** Options for the TypeScript values of some types. The first value of each is the default. */
export interface TypeMapping {
  /** 64-bit integers: `bigint`, or `number`, which throws beyond 2^53 rather than round. */
  readonly hyper?: "bigint" | "number";
  /**
   * `char x[32]` and `char x`: numbers, or text in UTF-8 or Latin-1, padded with NULs and cut at the first. Applies to
   * `char` and `unsigned char`, by these names or their typedefs.
   */
  readonly char?: "number" | "text" | "latin1";
  /** Integers outside the range of a char or short: rejected when encoded, or also when decoded. */
  readonly range?: "encode" | "both";
  /** Strings: strict UTF-8, Latin-1, or the unchanged bytes (Uint8Array). */
  readonly string?: "utf8" | "latin1" | "bytes";
  /** Decoded opaque data: a copy, or a view of the message that is valid only until the call returns. */
  readonly opaque?: "copied" | "borrowed";
  /** Arrays of numbers: `number[]` and `bigint[]`, or Int32Array, BigInt64Array, Float64Array and so on. */
  readonly array?: "array" | "typed";
  /** Enum values without a name: rejected, or accepted. */
  readonly enum?: "closed" | "open";
  /** Linked lists: T[], or objects that nest as they are declared (to the depth limit, 200 by default). */
  readonly list?: "array" | "nested";
  /** Names of fields, arms and discriminants. */
  readonly fields?: "verbatim" | "camelCase";
}

/** Annotations of a procedure, for files that may not be changed. False cancels an annotation in the file. */
export interface ProcedureMapping {
  /** As `@idempotent`: a call may run several times without harm. */
  readonly idempotent?: boolean;
  /** As `@semantics`: how often a call may run, unless the client chooses. */
  readonly semantics?: "maybe" | "at-least-once" | "at-most-once" | "exactly-once";
  /** As `@oneway`: the server sends no reply. Only for procedures that return void. */
  readonly oneWay?: boolean;
  /** As `@stream`: the procedure has many results. Only for procedures that do not return void. */
  readonly stream?: boolean;
  /** As `@inout`: the names of arguments that the result returns changed. Replaces the list in the file. */
  readonly inout?: readonly string[];
  /** The name of its method: a TypeScript identifier, unique in the version, and not `then`. */
  readonly method?: string;
}

/** The options of an interface. */
export interface Mapping extends TypeMapping {
  /** Names of methods: `getAttr` from `NFSPROC3_GETATTR`; as declared; or `nfsproc3_getattr_3`, as in rpcgen. */
  readonly naming?: Naming;
  /** Options by type: for `fattr3`, for one of its fields by `fattr3.size`, for a procedure by `PROGRAM.PROCEDURE`. */
  readonly types?: Readonly<Record<string, TypeMapping>>;
  /** Options by procedure, in all versions of the program: `NFS_PROGRAM.NFSPROC3_GETATTR`. */
  readonly procedures?: Readonly<Record<string, ProcedureMapping>>;
}

/** The options that belong to the interface itself: names of methods and annotations of procedures. The others concern TypeScript only. */
export function optionsOfInterface({ naming, procedures }: Mapping): Mapping {
  return {
    ...(naming === undefined ? {} : { naming }),
    ...(procedures === undefined ? {} : { procedures }),
  };
}

/**
 * Rewrites the definitions in place. `mappingProblems` reports unknown names.
 * @example
 * const { module } = compileInterface({ file: "t.x", text: "typedef hyper size;" });
 * if (module === undefined) throw new Error("t.x does not compile");
 * applyMapping(module.definitions, { hyper: "number" });
 * const [size] = module.definitions;
 * if (size?.kind === "typedef") console.log(size.type); // { kind: 'primitive', name: 'hyper', as: 'number' }
 */
export function applyMapping(definitions: readonly Definition[], mapping: Mapping): void {
  if (Object.values(mapping).every((value) => value === undefined)) return;
  for (const definition of definitions) mapDefinition(definition, mapping, mapValue);
  // Arrays come last, because other options may change their elements: a hyper that is mapped to a number has no typed array.
  for (const definition of definitions) mapDefinition(definition, mapping, mapArray);
  for (const definition of definitions) keepDiscriminant(definition);
  for (const definition of definitions) nameMembers(definition, mapping);
}

type MapType = (type: Type, options: TypeMapping) => Type;

/** The options of a type or, with `member`, of one of its parts. */
function optionsFor({ types, procedures: _, ...general }: Mapping, name: string, member?: string): TypeMapping {
  const own = (key: string): TypeMapping | undefined =>
    types !== undefined && Object.hasOwn(types, key) ? types[key] : undefined;
  return { ...general, ...own(name), ...(member === undefined ? undefined : own(`${name}.${member}`)) };
}

function mapDefinition(definition: Definition, mapping: Mapping, change: MapType): void {
  const { name } = definition;
  const options = optionsFor(mapping, name);
  const mapField = (field: Field): Field => ({
    ...field,
    type: change(field.type, optionsFor(mapping, name, field.name)),
  });
  switch (definition.kind) {
    case "enum":
      if (options.enum === "open" || isWidenedOpen(definition, mapping)) {
        (definition as Draft<EnumDefinition>).open = true;
      }
      return;
    case "struct": {
      const draft: Draft<StructDefinition> = definition;
      if (options.list === "nested" && endsInLink(definition)) draft.nested = true;
      draft.fields = definition.fields.map(mapField);
      return;
    }
    case "union":
      rewriteArms(definition, mapField);
      return;
    case "typedef": {
      const draft: Draft<TypedefDefinition> = definition;
      draft.type = change(definition.type, options);
      return;
    }
    case "program":
      mapProgram(definition, (type, procedure) => change(type, optionsFor(mapping, name, procedure)), mapping);
      return;
    default:
      return;
  }
}

function isWidenedOpen({ widens }: EnumDefinition, mapping: Mapping): boolean {
  return widens !== undefined && optionsFor(mapping, widens.name).enum === "open";
}

/** An arm that belongs to several cases must stay one object. */
function rewriteArms(definition: UnionDefinition, change: (arm: Field) => Field): void {
  const known = new Map<Field, Field>();
  const once = (arm: Field | undefined): Field | undefined => {
    if (arm === undefined) return undefined;
    const changed = known.get(arm) ?? change(arm);
    known.set(arm, changed);
    return changed;
  };
  const draft: Draft<UnionDefinition> = definition;
  draft.cases = definition.cases.map((one) => ({ ...one, arm: once(one.arm) }));
  if (definition.default !== undefined) draft.default = { ...definition.default, arm: once(definition.default.arm) };
}

function mapProgram(
  definition: ProgramDefinition,
  change: (type: Type, procedure: string) => Type,
  { naming = "camelCase", procedures }: Mapping,
): void {
  const draft: Draft<ProgramDefinition> = definition;
  draft.versions = definition.versions.map((version) => {
    const owner = { program: definition.name, version: version.name, number: version.number };
    return {
      ...version,
      procedures: version.procedures.map((procedure) => {
        const options = procedures?.[`${definition.name}.${procedure.name}`];
        return {
          ...annotated(procedure, options),
          method: options?.method ?? methodNameAs(naming, procedure.name, owner),
          args: procedure.args.map((arg) => ({ ...arg, type: change(arg.type, procedure.name) })),
          result: change(procedure.result, procedure.name),
        };
      }),
    };
  });
}

function annotated(procedure: ProcedureDefinition, options: ProcedureMapping = {}): ProcedureDefinition {
  const { idempotent: _, semantics: __, oneWay, stream, inout, ...others } = procedure;
  const { result } = procedure;
  const said: Annotated = {
    ...semanticsFields(chosenSemantics(procedure, options)),
    ...withInout(options.inout ?? inout),
    ...((options.oneWay ?? oneWay) ? { oneWay: true } : {}),
    ...((options.stream ?? stream) ? { stream: true } : {}),
  };
  return { ...others, ...effectiveOf(said, result.kind === "primitive" && result.name === "void") };
}

function chosenSemantics(
  { idempotent, semantics }: Pick<ProcedureDefinition, "idempotent" | "semantics">,
  options: ProcedureMapping,
): ProcedureMapping["semantics"] {
  if (options.semantics !== undefined) return options.semantics;
  return (options.idempotent ?? idempotent) ? "at-least-once" : semantics;
}

function withInout(inout: readonly string[] = []): Pick<ProcedureDefinition, "inout"> {
  return inout.length === 0 ? {} : { inout };
}

function mapValue(type: Type, options: TypeMapping): Type {
  switch (type.kind) {
    case "primitive":
      return mapPrimitive(type, options);
    case "string":
      return options.string === "bytes" || options.string === "latin1" ? { ...type, as: options.string } : type;
    case "opaque":
      return options.opaque === "borrowed" ? { ...type, borrowed: true } : type;
    default:
      return mapElement(type, (element) => mapValue(element, options));
  }
}

function mapPrimitive(type: PrimitiveType, { hyper, range, char }: TypeMapping): Type {
  if (hyper === "number" && type.name.endsWith("hyper")) return { ...type, as: "number" };
  if (type.char && isText(char)) return { ...type, text: encodingOf(char) };
  return range === "both" && type.width !== undefined ? { ...type, strict: true } : type;
}

/** The option that maps an array of chars to text: the array's own option, or that of the typedef of its elements. */
function textOf(element: Type, { char }: TypeMapping): CharEncoding | undefined {
  const behind = behindTypedefs(element);
  if (behind.kind !== "primitive" || !behind.char) return undefined;
  if (char === undefined) return behind.text;
  return isText(char) ? encodingOf(char) : undefined;
}

function isText(char: TypeMapping["char"]): char is "text" | "latin1" {
  return char === "text" || char === "latin1";
}

function encodingOf(char: "text" | "latin1"): CharEncoding {
  return char === "latin1" ? "latin1" : "utf8";
}

function mapArray(type: Type, options: TypeMapping): Type {
  const mapped = (): Type => mapElement(type, (element) => mapArray(element, options));
  if (type.kind !== "array") return mapped();
  const text = textOf(type.element, options);
  if (text !== undefined) return { ...type, text, element: asNumber(type.element) };
  const isTyped = options.array === "typed" && hasTypedArray(type.element);
  return isTyped ? { ...type, typed: true } : mapped();
}

/** Removes the mapping to text from a single char, whose values are then numbers. */
function asNumber(type: Type): Type {
  if (type.kind !== "primitive" || type.text === undefined) return type;
  const { text: _, ...number } = type;
  return number;
}

/** Keeps the discriminant of a union a number, because its cases are numbers. */
function keepDiscriminant(definition: Definition): void {
  if (definition.kind !== "union") return;
  const { discriminant } = definition;
  const behind = behindTypedefs(discriminant.type);
  if (behind.kind !== "primitive" || behind.text === undefined) return;
  (definition as Draft<UnionDefinition>).discriminant = { ...discriminant, type: asNumber(behind) };
}

function hasTypedArray(element: Type): boolean {
  const type = behindTypedefs(element);
  const isNumber = type.kind === "primitive" && !type.as && !type.text && !type.ref;
  return isNumber && type.strict === undefined && primitiveFacts(type.name).hasTypedArray === true;
}

function nameMembers(definition: Definition, mapping: Mapping): void {
  if (definition.kind !== "struct" && definition.kind !== "union") return;
  if (optionsFor(mapping, definition.name).fields !== "camelCase") return;
  if (definition.kind === "struct") {
    const draft: Draft<StructDefinition> = definition;
    const names = camelCased(definition.fields.map(({ name }) => name));
    draft.fields = definition.fields.map((field) => renamed(field, names));
    return;
  }
  const arms = [...definition.cases, definition.default].flatMap((one) => one?.arm?.name ?? []);
  const names = camelCased([definition.discriminant.name, ...new Set(arms)]);
  rewriteArms(definition, (arm) => renamed(arm, names));
  const draft: Draft<UnionDefinition> = definition;
  draft.discriminant = renamed(definition.discriminant, names);
}

/** `isDefault` tags default arms. */
const taken = "isDefault";

/** Converts names to camelCase; names that would collide stay unchanged. */
function camelCased(names: readonly string[]): Map<string, string> {
  const counts = new Map<string, number>([[taken, 1]]);
  for (const name of names.map(camelCase)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const verbatim = new Set(names.filter((name) => counts.get(camelCase(name)) !== 1));
  return new Map(
    names.map((name) => [name, verbatim.has(name) || verbatim.has(camelCase(name)) ? name : camelCase(name)]),
  );
}

function renamed(field: Field, names: ReadonlyMap<string, string>): Field {
  const name = names.get(field.name) ?? field.name;
  return name === field.name ? field : { ...field, name, declaredName: field.name };
}
