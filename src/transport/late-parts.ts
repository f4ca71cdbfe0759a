// The parts of connecting over TCP that a connection to an IP address does not need. Loaded together, as rare-parts.ts are: each file
// that is loaded late adds to a bundle's start.
export { connectByName } from "./connect-by-name.js";
export { connectFailed } from "./connect-failures.js";
