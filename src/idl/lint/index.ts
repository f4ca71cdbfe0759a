// Rules beyond what an interface must keep to be compiled.
export { type LintInput, type LintRule, lintInterface, lintRules } from "./lint.js";
export type { RuleLevel } from "./rule.js";
