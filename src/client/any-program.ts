// The program whose procedure 0 is called if no program is named.
import type { Program } from "../rpc/program.js";

/** The portmapper's number: any RPC server answers whether it has this program or not. */
export const anyProgram: Program = Object.freeze({
  name: "PMAP_PROG",
  number: 100_000,
  versionName: "PMAP_VERS",
  version: 2,
  procedures: {},
});
