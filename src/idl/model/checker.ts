// Rules on the resolved model: duplicates, missing parts, ambiguous union arms, endless types.
import { type DiagnosticCode, type Reporter, reportError, reportWarning } from "../findings/diagnostics.js";
import { type Advice, type Fix, inserting, lastOf, removing, renaming, replacing } from "../findings/fixes.js";
import type { OptionalUse } from "../names/resolve-types.js";
import type { Resolved } from "../names/resolver.js";
import type {
  Definition,
  EnumDefinition,
  Field,
  ProgramDefinition,
  Span,
  TypedefDefinition,
  UnionCase,
  UnionDefinition,
  VersionDefinition,
} from "./model.js";
import { membersOf } from "./references.js";
import { behindTypedefs, MAX_TYPEDEF_DEPTH, numeralOf } from "./typedefs.js";

/** Endless chains of typedefs were already reported by `checkContainment`. */
export function check({ definitions, optionals }: Resolved, reporter: Reporter): void {
  for (const definition of definitions) checkDefinition(definition, reporter);
  checkPrograms(
    definitions.filter((definition) => definition.kind === "program"),
    reporter,
  );
  for (const use of optionals) checkOptional(use, reporter);
}

function checkDefinition(definition: Definition, reporter: Reporter): void {
  switch (definition.kind) {
    case "struct":
      checkFields(definition.fields, `struct ${definition.name}`, "fields", reporter);
      if (definition.fields.some((field) => field.name === definition.link)) reportLinkName(definition, reporter);
      return;
    case "union":
      checkUnion(definition, reporter);
      return;
    case "typedef":
      checkTypedef(definition, reporter);
      return;
    case "program":
      checkProgram(definition, reporter);
      return;
    default:
      return;
  }
}

interface Named {
  readonly name: string;
  readonly span: Span;
}

/** Reports each item whose key occurred before. Items with the key NaN, an unknown number, are skipped. */
function rejectDuplicates<T extends { readonly span: Span }>(
  items: readonly T[],
  keyOf: (item: T) => string | number,
  reporter: Reporter,
  code: DiagnosticCode,
  messageFor: (again: T, first: T) => string,
  adviceFor: (again: T) => Partial<Advice> = () => ({}),
): void {
  const seen = new Map<string | number, T>();
  for (const item of items) {
    const key = keyOf(item);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, item);
    if (first === undefined || Number.isNaN(key)) continue;
    const related = [{ span: first.span, message: "the first one is here" }];
    reportError(reporter, code, item.span, messageFor(item, first), { ...adviceFor(item), related });
  }
}

function checkFields(fields: readonly Field[], owner: string, what: string, reporter: Reporter): void {
  const messageFor = ({ name }: Named): string => `${owner} has two ${what} called ${name}`;
  const names = new Set(fields.map(({ name }) => name));
  rejectDuplicates(
    fields,
    ({ name }) => name,
    reporter,
    "duplicate-name",
    messageFor,
    ({ name, span }) => ({
      hint: "rename one of the two",
      fixes: [renaming(span, name, (one) => names.has(one))],
    }),
  );
}

/** Reports a duplicate name of a list's link, which was removed from the fields. */
function reportLinkName(definition: Definition & { kind: "struct" }, reporter: Reporter): void {
  const field = definition.fields.find(({ name }) => name === definition.link) ?? definition;
  const message = `struct ${definition.name} has two fields called ${field.name}`;
  reportError(reporter, "duplicate-name", field.span, message, { hint: "its last field has this name too" });
}

function checkTypedef(definition: TypedefDefinition, reporter: Reporter): void {
  const end = behindTypedefs(definition.type);
  const endless = end.kind === "named" && end.definition.kind === "typedef";
  if (!endless || reporter.diagnostics.some((diagnostic) => diagnostic.code === "circular-type")) return;
  const message = `${definition.name} is a chain of more than ${MAX_TYPEDEF_DEPTH} typedefs`;
  reportError(reporter, "too-deep", definition.span, message);
}

function checkUnion(union: UnionDefinition, reporter: Reporter): void {
  checkArms(union, reporter);
  const values = union.cases.flatMap((c) => c.values);
  type Case = (typeof values)[number];
  const shown = ({ value, name, written }: Case): string => name ?? written ?? String(value);
  const messageFor = (again: Case, first: Case): string =>
    `union ${union.name} has two cases for ${shown(again)}${shown(first) === shown(again) ? "" : `, the first as ${shown(first)}`}`;
  const choices = choicesOf(union);
  const free = freeCase(values, choices);
  rejectDuplicates(
    values,
    ({ value }) => value,
    reporter,
    "duplicate-case",
    messageFor,
    ({ span }) =>
      free === undefined ? {} : { hint: `there is no case yet for ${free}`, fixes: [replacing(span, free)] },
  );
  if (choices === undefined) return;
  const { type } = union.discriminant;
  const widened = type.kind === "named" && type.definition.kind === "enum" ? type.definition.widens : undefined;
  if (widened !== undefined) checkWidened(widened, values, reporter);
  checkMissing(union, choices, new Set(values.map(({ value }) => value)), reporter);
}

/** A value that has no case: the first of the enum, or the next number. Undefined if all have one. */
function freeCase(values: UnionCase["values"], choices: readonly Choice[] | undefined): string | undefined {
  const taken = new Set(values.map(({ value }) => value));
  if (choices !== undefined) return choices.find(({ value }) => !taken.has(value))?.name;
  let last = -1;
  for (const value of taken) if (value > last) last = value;
  return last < 0x7fff_ffff ? String(last + 1) : undefined;
}

/** Arms with the same name: the discriminant distinguishes them, but C's union does not compile. */
function checkArms(union: UnionDefinition, reporter: Reporter): void {
  const seen = new Map<string, Field>();
  const arms = new Set(membersOf(union));
  const names = new Set([...arms].map(({ name }) => name));
  for (const arm of arms) {
    const first = seen.get(arm.name);
    if (first === undefined) {
      seen.set(arm.name, arm);
      continue;
    }
    reportWarning(reporter, "shared-arm-name", arm.span, `union ${union.name} has two arms called ${arm.name}`, {
      hint: "C needs a name for each: rename one of the two",
      fixes: [renaming(arm.span, arm.name, (name) => names.has(name))],
      related: [{ span: first.span, message: "the first one is here" }],
    });
  }
}

/** Warns of cases that are not members of the declared enum. They can be sent and received: C compares numbers. */
function checkWidened(declared: EnumDefinition, values: UnionCase["values"], reporter: Reporter): void {
  const known = new Set(declared.members.map((member) => member.value));
  const covered = new Set(values.map(({ value }) => value));
  const members = listed(declared.members.map((member) => member.name));
  for (const { value, name, written, span } of values) {
    if (known.has(value)) continue;
    const shown = name === undefined ? (written ?? `${value}`) : `${name} (${value})`;
    reportWarning(
      reporter,
      "unknown-case",
      span,
      `${shown} is not a member of ${declared.name}, but is accepted here`,
      {
        hint: `its members are ${members}: add this one, or correct it`,
        fixes: declared.members
          .filter((member) => !covered.has(member.value))
          .slice(0, MAX_LISTED)
          .map((member) => replacing(span, member.name)),
      },
    );
  }
}

/** RFC 4506 section 4.15 lets cases be missing, but then those values cannot be sent. */
function checkMissing(
  union: UnionDefinition,
  choices: readonly Choice[],
  covered: ReadonlySet<number>,
  reporter: Reporter,
): void {
  const missing = choices.filter(({ value }) => !covered.has(value)).map((choice) => choice.name);
  const unresolved = union.cases.some((c) => c.values.length === 0);
  if (union.default?.arm !== undefined && missing.length === 0) {
    const message = `every value of ${union.discriminant.name} has a case, so the default of union ${union.name} is never chosen`;
    reportWarning(reporter, "unreachable-default", union.default.span, message, {
      hint: "remove the default, or one of the cases",
      fixes: union.default.whole === undefined ? [] : [removing(union.default.whole, "Remove the default arm")],
    });
  }
  if (union.default !== undefined || missing.length === 0 || unresolved) return;
  const message = `union ${union.name} has no case for ${listed(missing)}`;
  reportWarning(reporter, "missing-case", union.span, message, {
    hint: "add `default: void;` if nothing follows these, or, if these are never sent, add a comment: `/* lupine-ignore missing-case: never sent */`",
    fixes: defaultArm(union),
  });
}

/** The fix that inserts a default arm before the closing brace: on a line of its own if the brace is on one. */
function defaultArm({ close }: UnionDefinition): Fix[] {
  if (close === undefined) return [];
  const text = close.column === 1 ? "default:\n  void;\n" : "default: void; ";
  return [inserting(close, text, "Add `default: void;`", 0)];
}

interface Choice {
  readonly name: string;
  readonly value: number;
}

/** All values of the discriminant, if they can be listed. */
function choicesOf(union: UnionDefinition): readonly Choice[] | undefined {
  if (union.discriminantKind === "bool") return BOOL_CHOICES;
  const type = behindTypedefs(union.discriminant.type);
  const isEnum = union.discriminantKind === "enum" && type.kind === "named" && type.definition.kind === "enum";
  return isEnum ? type.definition.members : undefined;
}

const BOOL_CHOICES: readonly Choice[] = [
  { name: "FALSE", value: 0 },
  { name: "TRUE", value: 1 },
];

/** The most names that one message lists. */
const MAX_LISTED = 8;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${rest} more`;
  const last = shown.pop() ?? "nothing";
  return shown.length === 0 ? last : `${shown.join(", ")} or ${last}`;
}

function checkProgram(program: ProgramDefinition, reporter: Reporter): void {
  const { name, versions } = program;
  const byPlace = [...versions].sort((a, b) => a.span.offset - b.span.offset);
  const named = (again: Named): string => `program ${name} has two versions called ${again.name}`;
  rejectDuplicates(byPlace, (version) => version.name, reporter, "duplicate-name", named);
  const numbered = (again: VersionDefinition, first: Named): string =>
    `${again.name} has the version number ${numeralOf(again)}, as ${first.name} has`;
  rejectSameNumbers(byPlace, reporter, numbered);
  for (const version of versions) checkVersion(version, reporter);
}

type Numbered = Pick<VersionDefinition, "number" | "numberSpan">;

function rejectSameNumbers<T extends Named & Numbered>(
  all: readonly T[],
  reporter: Reporter,
  message: (again: T, first: T) => string,
): void {
  const free = freeNumber(all);
  const advice = (one: T): Partial<Advice> => numberAdvice(one, free);
  rejectDuplicates(all, (one) => one.number, reporter, "duplicate-number", message, advice);
}

/** One more than the greatest number. */
function freeNumber(all: readonly Numbered[]): number {
  let most = 0;
  for (const { number } of all) if (number > most) most = number;
  return most + 1;
}

function numberAdvice({ numberSpan }: Numbered, free: number): Partial<Advice> {
  if (free > 0xffff_ffff) return {};
  const fixes = numberSpan === undefined ? [] : [replacing(numberSpan, String(free))];
  return { hint: `the next free number is ${free}`, fixes };
}

function checkVersion({ name, procedures }: VersionDefinition, reporter: Reporter): void {
  const named = (again: Named): string => `version ${name} has two procedures called ${again.name}`;
  const names = new Set(procedures.map((procedure) => procedure.name));
  rejectDuplicates(
    procedures,
    (procedure) => procedure.name,
    reporter,
    "duplicate-name",
    named,
    (again) => ({
      hint: "rename one of the two",
      fixes: [renaming(again.span, again.name, (one) => names.has(one))],
    }),
  );
  const numbered = (again: VersionDefinition["procedures"][number], first: Named): string =>
    `${again.name} has the procedure number ${numeralOf(again)}, as ${first.name} has`;
  rejectSameNumbers(procedures, reporter, numbered);
  for (const procedure of procedures) {
    const args = procedure.args.map((arg) => ({ ...arg, span: procedure.span }));
    const twice = (again: Named): string => `${procedure.name} has two arguments called ${again.name}`;
    rejectDuplicates(args, (arg) => arg.name, reporter, "duplicate-name", twice);
  }
}

/**
 * Two programs may share a number if they have no version in common: rpcbind and its predecessor do. Otherwise a server
 * can implement only one of them, although clients can call either.
 */
function checkPrograms(programs: readonly ProgramDefinition[], reporter: Reporter): void {
  const versions = programs.flatMap((program) =>
    program.versions.map(({ number }) => ({ program, key: `${program.number} ${number}`, span: program.span })),
  );
  const seen = new Map<string, ProgramDefinition>();
  const reported = new Set<ProgramDefinition>();
  for (const { program, key, span } of versions) {
    const first = seen.get(key) ?? program;
    seen.set(key, first);
    if (first === program || reported.has(program) || key.includes("NaN")) continue;
    reported.add(program);
    const message = `${program.name} has the program number ${numeralOf(program)}, as ${first.name} has`;
    const related = [{ span: first.span, message: "the first one is here" }];
    const hint = "one server cannot implement both: change one of the numbers, if no peer uses it";
    reportWarning(reporter, "duplicate-number", span, message, { hint, related });
  }
}

const WRAP = "wrap the inner one: `struct maybe { T *value; };`, then `maybe *x;`";

function leaveOut(name: string): string {
  return `\`${name}\` is optional already: leave out this \`*\`, or wrap it: \`struct maybe { ${name} value; };\``;
}

/** null could mean either pointer. */
function checkOptional({ span, element }: OptionalUse, reporter: Reporter): void {
  const behind = behindTypedefs(element);
  const isReference = behind.kind === "primitive" && behind.ref !== undefined;
  if (behind.kind !== "optional" && !isReference) return;
  const inner = isReference ? "reference" : "pointer";
  reportError(reporter, "nested-optional", span, `a pointer to a ${inner} is ambiguous: which of the two is null?`, {
    hint: element.kind === "named" ? leaveOut(element.definition.name) : WRAP,
    // The type's last character.
    fixes: [removing(lastOf(span), "Remove the `*`")],
  });
}
