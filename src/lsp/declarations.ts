// The declarations of a file, from its syntax tree, and from its tokens in parts that do not parse.
import {
  type Body,
  type CaseSyntax,
  type DefinitionSyntax,
  type FieldSyntax,
  innermostSyntax,
  type Name,
  type TypeSyntax,
} from "../idl/syntax/ast.js";
import type { Token } from "./scan.js";
import type { Extent } from "./statements.js";

export type DeclarationKind =
  | "const"
  | "enum"
  | "member"
  | "struct"
  | "union"
  | "typedef"
  | "program"
  | "version"
  | "procedure"
  | "field"
  | "discriminant"
  | "arm"
  | "argument";

export interface Declaration {
  readonly kind: DeclarationKind;
  readonly name: string;
  readonly file: string;
  /** The offset of the name. */
  readonly start: number;
  readonly end: number;
  /** The extent of the whole declaration. */
  readonly extent: Extent;
  readonly comment: string | undefined;
  readonly owner: Declaration | undefined;
  readonly children: Declaration[];
  /** The type that a typedef, field or argument names, if it names one. */
  readonly typeName: string | undefined;
}

/** Words in case labels whose enum comes before all other names. */
export type CaseLabels = Map<number, Declaration>;

export interface Declared {
  /** Outermost ones, in source order. */
  readonly declarations: readonly Declaration[];
  /** The discriminants of the unions that the offsets of case labels belong to. */
  readonly caseLabels: CaseLabels;
}

interface Collection {
  readonly file: string;
  readonly text: string;
  readonly extents: ReadonlyMap<number, Extent>;
  readonly caseLabels: CaseLabels;
}

export interface Parts {
  readonly file: string;
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly extents: ReadonlyMap<number, Extent>;
  readonly syntax: readonly DefinitionSyntax[];
}

export function declarationsOf({ file, text, tokens, extents, syntax }: Parts): Declared {
  const state: Collection = { file, text, extents, caseLabels: new Map() };
  const declarations = syntax.flatMap((definition) => define(state, definition) ?? []);
  const known = new Set(flat(declarations).map(({ start }) => start));
  const found = [...declarations, ...brokenOff(state, tokens, known)];
  return { declarations: found.sort((a, b) => a.start - b.start), caseLabels: state.caseLabels };
}

/** The declarations and all that are inside them. */
export function flat(declarations: readonly Declaration[]): Declaration[] {
  return declarations.flatMap((one) => [one, ...flat(one.children)]);
}

interface Details {
  readonly comment?: string | undefined;
  readonly owner?: Declaration | undefined;
  readonly typeName?: string | undefined;
}

/** Adds a declaration; undefined for a name from another file, and for a generated name of a nested type. */
function declare(state: Collection, kind: DeclarationKind, name: Name, details: Details): Declaration | undefined {
  const { offset: start, file } = name.span;
  const end = start + name.text.length;
  if (file !== state.file || state.text.slice(start, end) !== name.text) return undefined;
  const { comment, owner, typeName } = details;
  const extent = state.extents.get(start) ?? { start, end };
  const made = { kind, name: name.text, file, start, end, extent, comment, owner, children: [], typeName };
  owner?.children.push(made);
  return made;
}

function define(state: Collection, definition: DefinitionSyntax): Declaration | undefined {
  const { name, comment } = definition;
  switch (definition.kind) {
    case "const":
      return declare(state, "const", name, { comment });
    case "typedef": {
      // `typedef struct foo foo;` declares nothing.
      if (definition.type.kind === "reference" && definition.type.name === name.text) return undefined;
      const made = declare(state, "typedef", name, { comment, typeName: namedBy(definition.type) });
      nested(state, definition.type, made);
      return made;
    }
    case "body": {
      const made = declare(state, definition.body.kind, name, { comment });
      fillBody(state, definition.body, made);
      return made;
    }
    case "program": {
      const made = declare(state, "program", name, { comment });
      for (const version of definition.versions) {
        const inner = declare(state, "version", version.name, { comment: version.comment, owner: made });
        for (const procedure of version.procedures) declareProcedure(state, procedure, inner);
      }
      return made;
    }
  }
}

type Procedure = (DefinitionSyntax & { kind: "program" })["versions"][number]["procedures"][number];

function declareProcedure(state: Collection, procedure: Procedure, owner: Declaration | undefined): void {
  const { name, comment, args, result } = procedure;
  const made = declare(state, "procedure", name, { comment, owner, typeName: namedBy(result) });
  for (const { name: arg, type } of args) {
    if (arg !== undefined) declare(state, "argument", arg, { owner: made, typeName: namedBy(type) });
  }
}

function fillBody(state: Collection, body: Body, owner: Declaration | undefined): void {
  switch (body.kind) {
    case "enum":
      for (const { name, comment } of body.members) declare(state, "member", name, { comment, owner });
      return;
    case "struct":
      for (const field of body.fields) declareField(state, "field", field, owner);
      return;
    case "union": {
      const discriminant = declareField(state, "discriminant", body.discriminant, owner);
      for (const one of body.cases) declareCase(state, one, owner, discriminant);
      const last = body.cases.at(-1)?.arm;
      const arm = body.default?.arm;
      if (arm !== undefined && arm !== last) declareField(state, "arm", arm, owner);
      return;
    }
  }
}

function declareCase(
  state: Collection,
  { values, arm }: CaseSyntax,
  owner: Declaration | undefined,
  discriminant: Declaration | undefined,
): void {
  if (arm !== undefined) declareField(state, "arm", arm, owner);
  if (discriminant === undefined) return;
  for (const { span } of values) {
    for (let at = span.offset; at < span.offset + span.length; at++) state.caseLabels.set(at, discriminant);
  }
}

function declareField(
  state: Collection,
  kind: "field" | "discriminant" | "arm",
  { name, type, comment }: FieldSyntax,
  owner: Declaration | undefined,
): Declaration | undefined {
  const made = declare(state, kind, name, { comment, owner, typeName: namedBy(type) });
  nested(state, type, made);
  return made;
}

/** The members of a type in braces inside a declaration belong to the declared name. */
function nested(state: Collection, type: TypeSyntax, owner: Declaration | undefined): void {
  const inner = innermostSyntax(type);
  if (inner.kind !== "struct" && inner.kind !== "union" && inner.kind !== "enum") return;
  const own = inner.name === undefined ? undefined : declare(state, inner.kind, inner.name, { owner });
  fillBody(state, inner, own ?? owner);
}

function namedBy(type: TypeSyntax): string | undefined {
  const inner = innermostSyntax(type);
  return inner.kind === "reference" ? inner.name : undefined;
}

const BODIES = new Set(["enum", "struct", "union"]);

/** Definitions that the parser abandoned: `struct NAME {`, `const NAME =`, `program NAME {`, `#define NAME`. */
function brokenOff(state: Collection, tokens: readonly Token[], known: ReadonlySet<number>): Declaration[] {
  const words = tokens.filter(({ kind }) => kind !== "comment" && kind !== "passed");
  return words.flatMap((word, index) => {
    const name = words[index + 1];
    if (name?.kind !== "word" || known.has(name.start)) return [];
    const kind = brokenKind(word, words[index + 2]);
    if (kind === undefined) return [];
    const { start, end } = name;
    const extent = state.extents.get(start) ?? { start, end };
    const made: Declaration = {
      ...{ kind, name: name.text, file: state.file, start, end, extent },
      ...{ comment: undefined, owner: undefined, children: [], typeName: undefined },
    };
    if (kind === "enum") addMembers(made, words.slice(index + 3, index + 3 + MOST_MEMBERS));
    return [made];
  });
}

/** The most members that are read from an enum without a closing brace. */
const MOST_MEMBERS = 2000;

function brokenKind(word: Token, next: Token | undefined): DeclarationKind | undefined {
  if (word.kind === "directive") {
    const hasBody = next?.directive === "define" && next.kind !== "directive" && next.text !== "(";
    return word.directive === "define" && hasBody ? "const" : undefined;
  }
  if (word.kind !== "word" || word.directive !== undefined) return undefined;
  if (BODIES.has(word.text) && (next?.text === "{" || next?.text === "switch")) {
    return word.text as "enum" | "struct" | "union";
  }
  if (word.text === "const" && next?.text === "=") return "const";
  return word.text === "program" && next?.text === "{" ? "program" : undefined;
}

function addMembers(owner: Declaration, words: readonly Token[]): void {
  let mayBegin = true;
  for (const { kind, text, start, end } of words) {
    if (text === "}" || text === ";") return;
    if (mayBegin && kind === "word") {
      const extent = { start, end };
      const details = { comment: undefined, owner, children: [], typeName: undefined };
      owner.children.push({ kind: "member", name: text, file: owner.file, start, end, extent, ...details });
    }
    mayBegin = text === ",";
  }
}
