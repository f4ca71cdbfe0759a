// The parts of connecting over TCP for host names and failures. Loaded together: each file that is loaded late adds to a
// bundle's start.
export { connectByName } from "./connect-by-name.js";
export { connectFailed } from "./connect-failures.js";
