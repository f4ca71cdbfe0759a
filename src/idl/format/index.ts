// Formatting of interface files.
export { formatText } from "./format-text.js";
