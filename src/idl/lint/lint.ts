// The linter: every rule on one interface that compiles.
import type { Finding } from "../findings/diagnostics.js";
import { EXPLANATIONS } from "../findings/explanations.js";
import { shortFinding } from "../findings/shortened.js";
import { piecesIn } from "../findings/suppressions.js";
import type { InterfaceModule } from "../model/model.js";
import type { RuleDescription } from "../report/index.js";
import { createSource, type SourceText } from "../source.js";
import { unboundedRule } from "./bounds.js";
import { charArrayRule } from "./chars.js";
import { caseStyleRule, shadowedNameRule } from "./names.js";
import { numberPointerRule } from "./number-pointers.js";
import { sharedPointerRule } from "./pointers.js";
import { procedureGapRule, procedureZeroRule, renumberedRule } from "./procedures.js";
import { programNumberRule } from "./programs.js";
import { rpcgenRule } from "./rpcgen.js";
import type { LintContext, Rule, RuleLevel } from "./rule.js";
import { applySuppressions, SUPPRESSION_RULE } from "./suppressions.js";
import { missingDefaultRule } from "./unions.js";
import { unusedTypeRule } from "./unused.js";

const RULES: readonly Rule[] = [
  rpcgenRule,
  charArrayRule,
  numberPointerRule,
  unboundedRule,
  procedureZeroRule,
  procedureGapRule,
  renumberedRule,
  caseStyleRule,
  shadowedNameRule,
  programNumberRule,
  missingDefaultRule,
  sharedPointerRule,
  unusedTypeRule,
];

/** A rule, as `lupine lint --list` shows it. */
export interface LintRule extends RuleDescription {
  /** Why the rule exists, in a sentence or two. */
  readonly reason: string;
  /** The level if nothing is configured. */
  readonly level: RuleLevel;
}

/** Every rule; the one about suppressing comments is last. */
export const lintRules: readonly LintRule[] = [
  ...RULES.map(({ id, summary, reason, level }) => ({ id, summary, reason, level })),
  { ...SUPPRESSION_RULE, level: "warn" },
];

/** The interface that `lintInterface` checks. */
export interface LintInput {
  /** The file's name, as it was passed to the compiler. */
  readonly file: string;
  /** The text of the file. */
  readonly text: string;
  /** The interface that `compileInterface` made of the text. */
  readonly module: InterfaceModule;
  /** Levels by rule; default: the rule's own. */
  readonly levels?: ReadonlyMap<string, RuleLevel>;
}

/**
 * The findings of the rules for one interface, in source order, without those that its comments suppress.
 * @example
 * const text = "typedef string name<>;";
 * const { module } = compileInterface({ file: "t.x", text });
 * if (module !== undefined) console.log(lintInterface({ file: "t.x", text, module }).map(({ code }) => code)); // [ 'unbounded' ]
 */
export function lintInterface({ file, text, module, levels = new Map() }: LintInput): Finding[] {
  return lintSource({ file, text }, module, levels);
}

/** Lints a source that the compiler has already read. */
export function lintSource(
  given: SourceText,
  module: InterfaceModule,
  levels: ReadonlyMap<string, RuleLevel>,
): Finding[] {
  const source = createSource(given);
  const { file } = source;
  const pieces = piecesIn(source);
  const definitions = module.definitions.filter(
    (one) => one.span.file === file && !(one.kind === "enum" && one.widens !== undefined),
  );
  const named = definitions.filter(({ name, span }) => source.text.startsWith(name, span.offset));
  const context: LintContext = { source, pieces, module, definitions, named };
  const levelOf = ({ id, level }: LintRule): RuleLevel => levels.get(id) ?? level;
  const active = RULES.filter((rule) => levelOf(rule) !== "off");
  const findings = active.flatMap((rule) => findingsOf(rule, levelOf(rule), context));
  const known = new Set([...lintRules.map(({ id }) => id), ...Object.keys(EXPLANATIONS)]);
  const { kept, about } = applySuppressions(context, findings, known, new Set(active.map(({ id }) => id)));
  const last = lintRules.at(-1) as LintRule;
  const told = about.map((finding) => ({ ...finding, severity: severityOf(levelOf(last)) }));
  const all = levelOf(last) === "off" ? kept : [...kept, ...told];
  return all.sort((a, b) => a.span.offset - b.span.offset).map(shortFinding);
}

function findingsOf(rule: Rule, level: RuleLevel, context: LintContext): Finding[] {
  return [...rule.check(context)].map((found) => ({ severity: severityOf(level), code: rule.id, ...found }));
}

function severityOf(level: RuleLevel): "error" | "warning" {
  return level === "error" ? "error" : "warning";
}
