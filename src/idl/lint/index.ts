// Rules beyond those that an interface must satisfy to compile.
export { type LintInput, type LintRule, lintInterface, lintRules, lintSource } from "./lint.js";
export type { RuleLevel } from "./rule.js";
