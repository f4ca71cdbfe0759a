// Changes of programs, versions and procedures, compared by the numbers that are sent on the wire.
import { restoredBy } from "../model/copy-restore.js";
import type { InterfaceModule, ProcedureDefinition, ProgramDefinition, VersionDefinition } from "../model/model.js";
import { numeralOf } from "../model/typedefs.js";
import { type Change, change, firstBy } from "./change.js";
import { compareDeclared } from "./declared.js";
import { haveSameBytes } from "./wire.js";

export function comparePrograms(before: InterfaceModule, after: InterfaceModule): Change[] {
  const [old, now] = [programsOf(before), programsOf(after)];
  const changes: Change[] = [];
  const kept = new Set<ProgramDefinition>();
  const byNumber = firstBy(now, ({ number }) => number);
  const byName = firstBy(now, ({ name }) => name);
  for (const program of old) {
    const same = byNumber.get(program.number) ?? byName.get(program.name);
    if (same === undefined) {
      const message = `program ${program.name} (${numeralOf(program)}) was removed: callers get PROG_UNAVAIL`;
      changes.push(
        change("error", "number/program-removed", program.span, message, {
          hint: "serve it as long as anyone calls it",
        }),
      );
      continue;
    }
    kept.add(same);
    changes.push(...compareProgram(program, same));
  }
  for (const program of now.filter((one) => !kept.has(one))) {
    const message = `program ${program.name} (${numeralOf(program)}) is new`;
    changes.push(change("note", "number/program-added", program.span, message));
  }
  return changes;
}

function programsOf({ definitions }: InterfaceModule): ProgramDefinition[] {
  return definitions.filter((definition) => definition.kind === "program");
}

function compareProgram(before: ProgramDefinition, after: ProgramDefinition): Change[] {
  const changes: Change[] = [];
  if (before.number !== after.number) {
    const message = `${after.name} had the number ${numeralOf(before)}, has ${numeralOf(after)}: neither side finds the other`;
    changes.push(change("error", "number/program-number", after.span, message, { hint: "restore its number" }));
  }
  if (before.name !== after.name) changes.push(renamed("program", before, after));
  const kept = new Set<VersionDefinition>();
  const byNumber = firstBy(after.versions, ({ number }) => number);
  for (const version of before.versions) {
    const same = byNumber.get(version.number);
    if (same === undefined) {
      const message = `version ${numeralOf(version)} (${version.name}) of ${after.name} was removed: callers get PROG_MISMATCH`;
      changes.push(
        change("error", "number/version-removed", version.span, message, { hint: "serve it beside the new one" }),
      );
      continue;
    }
    kept.add(same);
    if (same.name !== version.name) changes.push(renamed("version", version, same));
    changes.push(...compareVersion(after.name, version, same));
  }
  for (const version of after.versions.filter((one) => !kept.has(one))) {
    const { name, span } = version;
    const message = `version ${numeralOf(version)} (${name}) of ${after.name} is new: old servers answer PROG_MISMATCH, which lists the versions they have`;
    changes.push(change("note", "number/version-added", span, message));
  }
  return changes;
}

function renamed(
  kind: string,
  before: { readonly name: string },
  after: VersionDefinition | ProgramDefinition,
): Change {
  const message = `${kind} ${before.name} was renamed to ${after.name}: TypeScript that imports it does not compile`;
  return change("error", `source/${kind}-renamed`, after.span, message, {
    hint: "the number is the same, so peers notice nothing",
  });
}

function compareVersion(program: string, before: VersionDefinition, after: VersionDefinition): Change[] {
  const changes: Change[] = [];
  const place = `${program}.${after.name}`;
  const kept = new Set<ProcedureDefinition>();
  const oldNames = new Set(before.procedures.map(({ name }) => name));
  const byName = firstBy(after.procedures, ({ name }) => name);
  const byMethod = firstBy(after.procedures, ({ method }) => method);
  const added = after.procedures.filter(({ name }) => !oldNames.has(name));
  const addedByNumber = firstBy(added, ({ number }) => number);
  for (const procedure of before.procedures) {
    const same = byName.get(procedure.name) ?? addedByNumber.get(procedure.number);
    if (same !== undefined) kept.add(same);
    changes.push(
      ...(same === undefined
        ? [procedureGone(place, procedure)]
        : [...compareMethod(place, procedure, same, byMethod), ...compareProcedure(place, procedure, same)]),
    );
  }
  for (const procedure of after.procedures.filter((one) => !kept.has(one))) {
    const { name, span } = procedure;
    const message = `procedure ${name} (${numeralOf(procedure)}) was added to ${place}: old servers answer PROC_UNAVAIL`;
    const hint = "the version does not show whether a server has it; a new version does";
    changes.push(change("note", "number/procedure-added", span, message, { hint }));
  }
  return changes;
}

function procedureGone(place: string, procedure: ProcedureDefinition): Change {
  const { name, span } = procedure;
  const message = `procedure ${name} (${numeralOf(procedure)}) of ${place} was removed: callers get PROC_UNAVAIL`;
  const hint = "serve it as long as anyone calls it, and never reuse its number";
  return change("error", "number/procedure-removed", span, message, { hint });
}

function compareProcedure(version: string, before: ProcedureDefinition, after: ProcedureDefinition): Change[] {
  const changes: Change[] = [];
  const place = `${version}.${after.name}`;
  if (before.number !== after.number) {
    const message = `${place} had the number ${numeralOf(before)}, has ${numeralOf(after)}: a call runs another procedure, or fails`;
    changes.push(change("error", "number/procedure-number", after.span, message, { hint: "restore its number" }));
  }
  return [...changes, ...compareAnnotations(place, before, after), ...compareSignature(place, before, after)];
}

function compareMethod(
  version: string,
  before: ProcedureDefinition,
  after: ProcedureDefinition,
  byMethod: ReadonlyMap<string, ProcedureDefinition>,
): Change[] {
  if (before.method === after.method) return [];
  const why = before.name === after.name ? ", which the names of program, version and other procedures decide" : "";
  const now = byMethod.get(before.method);
  const happens =
    now === undefined
      ? "TypeScript that calls it does not compile"
      : `TypeScript that calls ${before.method} calls ${now.name} (${numeralOf(now)}) instead, if its types fit`;
  const message = `the method of ${version}.${after.name} was ${before.method}, is ${after.method}${why}: ${happens}`;
  const hint = `keep the old name; or, in lupine.config.ts: procedures: { "${version.split(".")[0]}.${after.name}": { method: "${before.method}" } }`;
  return [change("error", "source/method-renamed", after.span, message, { hint })];
}

/** Changed annotations: old peers still follow the annotations of their interface. */
function compareAnnotations(place: string, before: ProcedureDefinition, after: ProcedureDefinition): Change[] {
  const { span } = after;
  const changes: Change[] = [];
  if (before.oneWay !== after.oneWay) {
    const [text, happens] = after.oneWay
      ? ["is one-way now", "old clients wait for a reply that never comes"]
      : ["is no longer one-way", "old servers send no reply, and new clients wait for one"];
    const hint = "keep it as it was, and add a procedure with a number of its own";
    changes.push(change("error", "wire/one-way-changed", span, `${place} ${text}: ${happens}`, { hint }));
  }
  if (before.stream !== after.stream) changes.push(streamChange(place, after));
  const [was, now] = [semanticsOf(before), semanticsOf(after)];
  if (before.semantics !== after.semantics && was !== now) changes.push(semanticsChange(place, was, now, after));
  changes.push(...restoredChanges(place, before, after));
  if (before.idempotent === after.idempotent) return changes;
  const told = after.idempotent
    ? change("note", "wire/idempotent-added", span, `${place} is idempotent now: new clients repeat its calls`)
    : change(
        "warning",
        "wire/idempotent-removed",
        span,
        `${place} is no longer idempotent: old clients still repeat its calls`,
        { hint: "keep detecting repeated calls in the server as long as old clients are in use" },
      );
  return [...changes, told];
}

function semanticsChange(place: string, was: string, now: string, { span }: ProcedureDefinition): Change {
  const text = `${place} is "${now}" now, and was "${was}": `;
  if (now !== "exactly-once") {
    return change("note", "wire/semantics-changed", span, `${text}old clients still call it as before`);
  }
  const hint = "first add serveSessions to all servers";
  return change("warning", "wire/semantics-changed", span, `${text}new clients need servers with sessions`, { hint });
}

function semanticsOf({ idempotent, semantics = "at-most-once" }: ProcedureDefinition): string {
  return idempotent ? "at-least-once" : semantics;
}

/** Arguments that gained or lost `@inout`: clients change the caller's object now, or no longer. The bytes are the same. */
function restoredChanges(place: string, before: ProcedureDefinition, after: ProcedureDefinition): Change[] {
  const { span } = after;
  // Several arguments may have become one struct, or the reverse: then positions differ, and names stay.
  const byName = before.args.length !== after.args.length;
  const [old, now] = [restoredNames(before, byName), restoredNames(after, byName)];
  const removed = [...old].filter(([position]) => !now.has(position));
  const added = [...now].filter(([position]) => !old.has(position));
  return [
    ...removed.map(([, name]) => {
      const message = `argument ${name} of ${place} is no longer @inout: programs that read it after the call find it unchanged`;
      return change("error", "wire/inout-changed", span, message, { hint: "keep it, or read the copy in the result" });
    }),
    ...added.map(([, name]) => {
      const message = `argument ${name} of ${place} is @inout now: new clients overwrite it with the copy in the result`;
      const hint = "first update all servers, so that each returns a copy";
      return change("warning", "wire/inout-changed", span, message, { hint });
    }),
  ];
}

/** The arguments that a client restores: their names, by position, because names may change; with `byName`, by the last part of the name. */
function restoredNames(procedure: ProcedureDefinition, byName: boolean): Map<string, string> {
  return new Map(
    restoredBy(procedure).map(({ argument }) => {
      const [index, ...fields] = argument;
      const names = [procedure.args[index]?.name ?? String(index + 1), ...fields];
      return [byName ? (names.at(-1) as string) : argument.join("."), names.join(".")];
    }),
  );
}

/** Ordinary clients of a stream get its first result, so that only clients of streams need a server of streams. */
function streamChange(place: string, { stream, span }: ProcedureDefinition): Change {
  const [text, happens] = stream
    ? ["is a stream now", "new clients cannot read it from old servers, and the types of the method change"]
    : ["is no longer a stream", "old clients cannot read it from new servers, and the types of the method change"];
  const hint = "keep it as it was, and add a procedure with a number of its own";
  return change("error", "wire/stream-changed", span, `${place} ${text}: ${happens}`, { hint });
}

function compareSignature(place: string, before: ProcedureDefinition, after: ProcedureDefinition): Change[] {
  const { span } = after;
  if (before.args.length !== after.args.length) return [argumentsChange(place, before, after)];
  const changes = before.args.flatMap(({ type }, index) => {
    const other = after.args[index];
    const which = before.args.length > 1 ? `argument ${index + 1}` : "the argument";
    const affects = [`${place} (argument)`];
    return other === undefined ? [] : compareDeclared(`${which} of ${place}`, type, other.type, span, affects);
  });
  const affects = [`${place} (result)`];
  return [...changes, ...compareDeclared(`the result of ${place}`, before.result, after.result, span, affects)];
}

function argumentsChange(place: string, before: ProcedureDefinition, after: ProcedureDefinition): Change {
  const { span } = after;
  const text = `${place} took ${count(before.args.length)}, takes ${count(after.args.length)}`;
  const [was, is] = [before.args.map(({ type }) => type), after.args.map(({ type }) => type)];
  if (haveSameBytes(was, is)) {
    const hint = "the bytes are the same: a struct is its fields in order";
    const message = `${text}: TypeScript that calls it does not compile`;
    return change("error", "source/arguments-changed", span, message, { hint });
  }
  const hint = "add a procedure with a number of its own, or a new version of the program";
  const affects = [`${place} (argument)`];
  return change("error", "wire/arguments-changed", span, `${text}: servers answer GARBAGE_ARGS`, { hint, affects });
}

function count(args: number): string {
  return args === 0 ? "no argument" : args === 1 ? "one argument" : `${args} arguments`;
}
