// The parts of a conversation that successful, small calls do not need. Loaded together: each file that is loaded late adds to a
// bundle's start.
export { argumentError, resultError } from "./codec-errors.js";
export { decodeLarge } from "./large-result.js";
export { leftOverWarning } from "./left-over-warning.js";
export { refused, rejected } from "./refused.js";
