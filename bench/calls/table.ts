// Names under which other benchmarks import what they print with.
export { align } from "../report/report.js";
export { median, rate, ratio } from "../report/statistics.js";

/** Calls a second of each round, by peer. */
export type Figures = ReadonlyMap<string, readonly number[]>;
