// Types that have no representation, such as `void *`. Files that are shared declare many of them for C alone: they are
// errors where an operation needs them, and else left out.
import type { Span } from "../idl/model/model.js";
import type { IdlModel, Model, NamedType } from "./model.js";
import type { Problem, Reports } from "./reports.js";

export function unsendable(code: string, span: Span, message: string, hint: string): Model {
  return { kind: "unsendable", problem: { code, span, message, hint } };
}

/** The types, and the problem, that a type needs at once or behind pointers. */
function needsOf(type: Model | undefined): { readonly types: NamedType[]; readonly problems: Problem[] } {
  let inner = type;
  while (inner?.kind === "pointer" || inner?.kind === "array")
    inner = inner.kind === "pointer" ? inner.to : inner.element;
  return {
    types: inner?.kind === "named" || inner?.kind === "union" ? [inner.type] : [],
    problems: inner?.kind === "unsendable" ? [inner.problem] : [],
  };
}

function partsOf({ body }: NamedType): (Model | undefined)[] {
  if (body?.kind === "struct") return body.fields.map(({ type }) => type);
  if (body?.kind === "union") return [body.tagType, ...body.arms.map(({ field }) => field?.type)];
  return [];
}

/** Reports what the operations need and cannot send, once for each. */
export function reportNeeded({ interfaces }: Pick<IdlModel, "interfaces">, reports: Reports): void {
  const reported = new Set<string>();
  const report = ({ code, span, message, hint }: Problem): void => {
    const place = `${span.file}:${span.offset}:${code}`;
    if (!reported.has(place)) reports.error(code, span, message, hint);
    reported.add(place);
  };
  const seen = new Set<NamedType>();
  const visit = (type: Model | undefined): void => {
    const { types, problems } = needsOf(type);
    for (const one of problems) report(one);
    for (const one of types) seen.add(one);
  };
  for (const { params, result } of interfaces.flatMap(({ operations }) => operations)) {
    for (const { type } of params) visit(type);
    visit(result);
  }
  // The set grows while it is walked.
  for (const type of seen) {
    for (const problem of [type.problem, type.body?.kind === "enum" ? type.body.problem : undefined])
      if (problem !== undefined) report(problem);
    for (const part of partsOf(type)) visit(part);
  }
}

/** The types that can be sent; a warning says of each other one why it is left out. */
export function sendableOf(types: readonly NamedType[], reports: Reports): NamedType[] {
  const users = new Map<NamedType, NamedType[]>();
  const problems = new Map<NamedType, Problem>();
  const seen = new Set(types);
  for (const type of seen) {
    if (type.problem !== undefined) problems.set(type, type.problem);
    for (const part of partsOf(type)) {
      const needs = needsOf(part);
      const [problem] = needs.problems;
      if (problem !== undefined && !problems.has(type)) problems.set(type, problem);
      for (const one of needs.types) {
        seen.add(one);
        const known = users.get(one);
        if (known === undefined) users.set(one, [type]);
        else known.push(type);
      }
    }
  }
  // The map grows while it is walked: whatever contains such a type is one, too.
  for (const [type, problem] of problems)
    for (const user of users.get(type) ?? []) if (!problems.has(user)) problems.set(user, problem);
  for (const type of types) {
    const problem = problems.get(type);
    if (problem !== undefined)
      reports.warning("left-out", type.span, `\`${type.name}\` is left out: ${problem.message}`, problem.hint);
  }
  return types.filter((type) => !problems.has(type));
}
