// Rules beyond those that an interface must satisfy to compile.
export { type LintInput, type LintRule, lintInterface, lintRules } from "./lint.js";
export type { RuleLevel } from "./rule.js";
