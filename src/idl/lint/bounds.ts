// The rule about lengths without a bound.

import { type Fix, inserting, replacing } from "../findings/fixes.js";
import { composed, isComposed } from "../model/composed.js";
import type { Span, Type } from "../model/model.js";
import { elementOf } from "../model/references.js";
import { spanBetween } from "../source.js";
import { fieldsOf, type LintContext, type Problem, problem, type Rule, versionsOf } from "./rule.js";

const UNBOUNDED = 0xffff_ffff;

export const unboundedRule: Rule = {
  id: "unbounded",
  level: "warn",
  summary: "An opaque, string or array without a maximum length.",
  reason:
    "The other side may send as much as a message holds, so every implementation has to choose a limit of its own. A bound in the interface is checked by all of them, before they allocate memory.",
  *check(context) {
    for (const { owner, field } of fieldsOf(context)) {
      const what = unboundedPart(field.type);
      if (what !== undefined) yield unbounded(context, field.span, `${owner}.${field.name}`, what, field.name);
    }
    for (const definition of context.definitions) {
      const what = definition.kind === "typedef" ? unboundedPart(definition.type) : undefined;
      if (what !== undefined) yield unbounded(context, definition.span, definition.name, what, definition.name);
    }
    for (const { name, args, result, span } of versionsOf(context).flatMap(({ procedures }) => procedures)) {
      for (const arg of args) {
        const what = unboundedPart(arg.type);
        if (what !== undefined) yield unboundedDirect(span, `the argument of ${name}`, what);
      }
      const what = unboundedPart(result);
      if (what !== undefined) yield unboundedDirect(span, `the result of ${name}`, what);
    }
  },
};

function unbounded(context: LintContext, span: Span, place: string, what: string, name: string): Problem {
  const hint = `write a bound: \`${name}<MAX>\``;
  return problem(span, `${place} is ${what} of any length`, hint, bounding(context, span, name));
}

/** The bound that the change writes: the interface's author knows a better one. */
const BOUND = 1024;

/** `name<>`, `string name` and `name<0xffffffff>` with a bound. */
function bounding({ source }: LintContext, span: Span, name: string): Fix[] {
  const end = span.offset + span.length;
  const behind = source.text.slice(end, end + LONGEST_BLANK);
  if (source.text.slice(span.offset, end) !== name) return [];
  const title = `Write \`${name}<${BOUND}>\``;
  const [written = ""] = /^\s*<\s*(?:0[xX][fF]{8}|4294967295)\s*>/.exec(behind) ?? [];
  if (written !== "") return [replacing(spanBetween(source, end, end + written.length), `<${BOUND}>`, title)];
  const [all = "", open = ""] = /^(\s*<)?\s*[>;]/.exec(behind) ?? [];
  if (all === "") return [];
  return [inserting(span, open === "" ? `<${BOUND}>` : `${BOUND}`, title, span.length + open.length)];
}

/** The most blanks between a name and its bound that are searched. */
const LONGEST_BLANK = 100;

function unboundedDirect(span: Problem["span"], place: string, what: string): Problem {
  return problem(span, `${place} is ${what} of any length`, "write `typedef string text<MAX>;`, and `text` here");
}

/** The unbounded part of the type itself; a named type is checked at its definition. */
function unboundedPart(type: Type): string | undefined {
  const isUnbounded = "bound" in type && type.bound.value === UNBOUNDED && !("fixed" in type && type.fixed);
  if (isUnbounded) return isComposed(type) ? composed(type).name : NAMES[type.kind];
  const element = elementOf(type);
  return element === undefined ? undefined : unboundedPart(element);
}

const NAMES = { string: "a string", opaque: "opaque data" };
