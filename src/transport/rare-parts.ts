// The parts of a stream connection that few programs need.
export { connectFromReserved } from "./reserved-port.js";
export { putLayer } from "./upgrade.js";
