// The rules about the numbers of procedures.
import { type Fix, replacing } from "../findings/fixes.js";
import type { ProcedureDefinition, ProgramDefinition, VersionDefinition } from "../model/model.js";
import { type Problem, problem, programsOf, type Rule, versionsOf } from "./rule.js";

export const procedureZeroRule: Rule = {
  id: "procedure-zero",
  level: "warn",
  summary: "Procedure 0 does something.",
  reason:
    "Procedure 0 of every version takes nothing and returns nothing, so that anyone can check whether the program answers (RFC 5531 section 12.1). Tools call it without the interface.",
  *check(context) {
    for (const { procedures } of versionsOf(context)) {
      const zero = procedures.find(({ number }) => number === 0);
      if (zero === undefined || isNull(zero)) continue;
      const hint = "give it the next free number, and add `void NULL(void) = 0;`";
      yield problem(
        zero.span,
        `${zero.name} has number 0, which is reserved for a procedure without arguments and result`,
        hint,
        movedBehind(zero, procedures),
      );
    }
  },
};

/** Gives procedure 0 the number after the greatest one in use. */
function movedBehind({ numberSpan }: ProcedureDefinition, all: readonly ProcedureDefinition[]): Fix[] {
  let last = 0;
  for (const { number } of all) if (number > last) last = number;
  return numberSpan === undefined || last === 0xffff_ffff ? [] : [replacing(numberSpan, String(last + 1))];
}

function isNull({ args, result }: ProcedureDefinition): boolean {
  return args.length === 0 && result.kind === "primitive" && result.name === "void";
}

export const procedureGapRule: Rule = {
  id: "procedure-gap",
  level: "warn",
  summary: "There is a gap in the procedure numbers.",
  reason:
    "A gap is a mistake, or the number of a removed procedure, which must never be reused. A comment should explain it.",
  *check(context) {
    for (const version of versionsOf(context)) yield* gapsOf(version);
  },
};

function* gapsOf({ name, procedures }: VersionDefinition): Iterable<Problem> {
  const sorted = [...procedures].sort((a, b) => a.number - b.number);
  let last = 0;
  for (const procedure of sorted) {
    const { number, span } = procedure;
    if (number > last + 1) {
      const missing = number === last + 2 ? `number ${last + 1} is` : `numbers ${last + 1} to ${number - 1} are`;
      const hint = "if they were removed, add a comment: `/* lupine-ignore procedure-gap: reason */`";
      yield problem(span, `${missing} not used in ${name}, before ${procedure.name}`, hint);
    }
    last = number;
  }
}

export const renumberedRule: Rule = {
  id: "renumbered-procedure",
  level: "warn",
  summary: "A procedure has different numbers in two versions.",
  reason:
    "rpcgen makes a macro from every procedure's name, so a C program that uses both versions calls one of them by the wrong number.",
  *check(context) {
    for (const program of programsOf(context)) yield* renumberedIn(program);
  },
};

function* renumberedIn({ versions }: ProgramDefinition): Iterable<Problem> {
  const first = new Map<string, { procedure: ProcedureDefinition; version: string }>();
  for (const version of versions) {
    for (const procedure of version.procedures) {
      const before = first.get(procedure.name);
      if (before === undefined) first.set(procedure.name, { procedure, version: version.name });
      else if (before.procedure.number !== procedure.number) {
        yield {
          span: procedure.span,
          message: `${procedure.name} has number ${procedure.number} in ${version.name}, but ${before.procedure.number} in ${before.version}`,
          hint: "use the same number, or choose another name",
          fixes: sameNumber(procedure, before.procedure, version.procedures),
          related: [{ span: before.procedure.span, message: "the other one is here" }],
        };
      }
    }
  }
}

/** Undefined for a number that another procedure of the version has. */
function sameNumber(
  { numberSpan }: ProcedureDefinition,
  { number, written }: ProcedureDefinition,
  all: readonly ProcedureDefinition[],
): Fix[] {
  if (numberSpan === undefined || all.some((one) => one.number === number)) return [];
  return [replacing(numberSpan, written ?? String(number))];
}
