// Formatting of interface files.
export { formatText } from "./format-text.js";
export { syntaxErrors } from "./syntax-errors.js";
