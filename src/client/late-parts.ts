// The parts of openPeer that few clients need, loaded together: each file that is loaded late adds to a bundle's start.
export { keepAlive } from "./keep-alive.js";
export { openBest } from "./open-best.js";
