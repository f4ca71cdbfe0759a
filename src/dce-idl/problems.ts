// Types that have no representation, such as `void *`. Files that are shared declare many of them only for C: they are
// errors where an operation needs them, and else left out.
import type { Span } from "../idl/model/model.js";
import type { Definition } from "./ast.js";
import { attribute } from "./attributes.js";
import type { IdlModel, InterfaceModel, Model, NamedType, OperationModel } from "./model.js";
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
  for (const { params, result, problem } of interfaces.flatMap(({ operations }) => operations)) {
    if (problem !== undefined) report(problem);
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

/** Each of the types that has a problem of this kind, or needs a type that has, with the problem. */
function spread(roots: Iterable<NamedType>, isMeant: (problem: Problem) => boolean): ReadonlyMap<NamedType, Problem> {
  const users = new Map<NamedType, NamedType[]>();
  const problems = new Map<NamedType, Problem>();
  const seen = new Set(roots);
  for (const type of seen) {
    const add = (problem: Problem | undefined): void => {
      if (problem !== undefined && isMeant(problem) && !problems.has(type)) problems.set(type, problem);
    };
    add(type.problem);
    for (const part of partsOf(type)) {
      const needs = needsOf(part);
      add(needs.problems[0]);
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
  return problems;
}

/** The types that can be sent; a warning says of each other one why it is left out. */
export function sendableOf(types: readonly NamedType[], reports: Reports): NamedType[] {
  const problems = spread(types, () => true);
  for (const type of types) {
    const problem = problems.get(type);
    if (problem !== undefined)
      reports.warning("left-out", type.span, `\`${type.name}\` is left out: ${problem.message}`, problem.hint);
  }
  return types.filter((type) => !problems.has(type));
}

const isUnsupported = ({ code }: Problem): boolean => code === "unsupported";

/**
 * The interfaces without the operations that need what is not supported; a warning says why of each. If nothing would remain of an
 * interface, it is returned as it is: then these are errors.
 */
export function supportedOf(interfaces: readonly InterfaceModel[], reports: Reports): InterfaceModel[] {
  const needsOfAll = ({ params, result }: OperationModel) => [...params.map(({ type }) => type), result].map(needsOf);
  const all = interfaces.flatMap(({ operations }) => operations);
  const problems = spread(
    all.flatMap(needsOfAll).flatMap(({ types }) => types),
    isUnsupported,
  );
  const problemOf = (operation: OperationModel): Problem | undefined => {
    const needs = needsOfAll(operation);
    const found = needs.flatMap((one) => [
      ...one.problems.filter(isUnsupported),
      ...one.types.map((type) => problems.get(type)),
    ]);
    return operation.problem ?? found.find((one) => one !== undefined);
  };
  return interfaces.map((one) => {
    const left = new Map(
      one.operations
        .map((operation) => [operation, problemOf(operation)] as const)
        .filter(([, problem]) => problem !== undefined),
    );
    if (left.size === one.operations.length) return one;
    for (const [{ name, opnum, span }, problem] of left)
      if (problem !== undefined)
        reports.warning(
          "left-out",
          span,
          `operation ${opnum}, \`${name}\`, is left out: ${problem.message}`,
          problem.hint,
        );
    return { ...one, operations: one.operations.filter((operation) => !left.has(operation)) };
  });
}

/** Reports parts of COM: with a warning, if the file has other operations. */
export function reportCom(parts: readonly Problem[], interfaces: readonly InterfaceModel[], reports: Reports): void {
  const hasOthers = interfaces.some(({ operations }) => operations.length > 0);
  for (const { code, span, message, hint } of parts) {
    if (hasOthers) reports.warning("left-out", span, `left out: ${message}`, hint);
    else reports.error(code, span, message, hint);
  }
}

/** Operations that clients call. Those that servers call have numbers of their own. */
export function withoutCallbacks(operations: readonly Definition[], reports: Reports): readonly Definition[] {
  return operations.filter((one) => {
    const callback = one.kind === "operation" ? attribute(one.attributes, "callback") : undefined;
    if (one.kind !== "operation" || callback === undefined) return true;
    const hint = "the rest of the interface can be called";
    const message = `\`${one.declarator.name}\` is left out: calls from the server to the client are not supported`;
    reports.warning("left-out", callback.span, message, hint);
    return false;
  });
}
