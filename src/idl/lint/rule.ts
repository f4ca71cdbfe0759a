// The interface of a lint rule, and its input.
import type { Finding } from "../findings/diagnostics.js";
import type { Fix } from "../findings/fixes.js";
import type { Level } from "../findings/suppressions.js";
import type { Piece } from "../format/pieces.js";
import type { Definition, Field, InterfaceModule, ProgramDefinition, Span, VersionDefinition } from "../model/model.js";
import { membersOf } from "../model/references.js";
import type { RuleDescription } from "../report/index.js";
import type { Source } from "../source.js";

export interface LintContext {
  readonly source: Source;
  /** Tokens, comments and kept lines of the file itself, with offsets into the source's text. */
  readonly pieces: readonly Piece[];
  readonly module: InterfaceModule;
  /** The definitions of the file itself, without those of included files. */
  readonly definitions: readonly Definition[];
  /** The definitions whose names are in the file; anonymous types have generated names. */
  readonly named: readonly Definition[];
}

export type Problem = Pick<Finding, "message" | "span" | "hint" | "fixes" | "related">;

/** Whether a rule is off, a warning or an error. */
export type RuleLevel = Level;

export interface Rule extends RuleDescription {
  readonly reason: string;
  /** The level if nothing is configured. */
  readonly level: RuleLevel;
  check(context: LintContext): Iterable<Problem>;
}

export function programsOf({ definitions }: LintContext): ProgramDefinition[] {
  return definitions.filter((definition) => definition.kind === "program");
}

export function versionsOf(context: LintContext): VersionDefinition[] {
  return programsOf(context).flatMap((program) => program.versions);
}

/** Fields of structs and arms of unions, each with the definition that contains it. */
export function fieldsOf({ definitions }: LintContext): { readonly owner: string; readonly field: Field }[] {
  return definitions.flatMap((definition) =>
    definition.kind === "struct" || definition.kind === "union"
      ? membersOf(definition).map((field) => ({ owner: definition.name, field: asDeclared(field) }))
      : [],
  );
}

/** The field with its name in the interface. */
function asDeclared(field: Field): Field {
  return { ...field, name: field.declaredName ?? field.name };
}

/** A problem at a place, with advice and with the fixes that follow it. */
export function problem(span: Span, message: string, hint?: string, fixes: readonly Fix[] = []): Problem {
  const advice = hint === undefined ? {} : { hint };
  return fixes.length === 0 ? { span, message, ...advice } : { span, message, ...advice, fixes };
}
