// Programs whose messages are decoded without an interface file: the binder's and the directory's.
import type { Program } from "../../rpc/program.js";

/** rpcbind versions 2 to 4, and Lupine's directory. */
export async function knownPrograms(): Promise<Program[]> {
  const { PMAP_PROG } = await import("../../binding/portmap/portmap.gen.js");
  const { RPCBPROG } = await import("../../binding/rpcbind/rpcbind.gen.js");
  const { DIRECTORY_PROG } = await import("../../directory/directory.gen.js");
  return [PMAP_PROG, RPCBPROG, DIRECTORY_PROG].flatMap(({ versions }) => versions);
}
