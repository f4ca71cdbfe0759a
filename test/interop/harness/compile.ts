// Compiles C peers from an interface file and C sources, once: the result is kept in build/c by what it was made of.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const project = fileURLToPath(new URL("../../../../", import.meta.url));

const flags = ["-g", "-O1", "-I/usr/include/tirpc", "-I."];

export interface CProgram {
  /** The interface file, from the project's folder. */
  readonly interface: string;
  /** C sources of ours, from the project's folder. */
  readonly sources?: readonly string[];
  /** C sources by their name in the folder. */
  readonly texts?: Readonly<Record<string, string>>;
  /** What rpcgen writes: one run with each of these, as ["-m", "-o", "add_svc.c"]. */
  readonly rpcgen: readonly (readonly string[])[];
  /** The C files that make the program. */
  readonly link: readonly string[];
}

/** The path of the compiled program. */
export function compile(program: CProgram): string {
  const files = [program.interface, ...(program.sources ?? [])].map((path) => join(project, path));
  const hash = createHash("sha256").update(JSON.stringify([program, flags]));
  for (const file of files) hash.update(readFileSync(file));
  const home = join(project, "build", "c");
  const folder = join(home, hash.digest("hex").slice(0, 24));
  const result = join(folder, "program");
  if (existsSync(result)) return result;
  mkdirSync(home, { recursive: true });
  const scratch = mkdtempSync(join(home, "new-"));
  for (const file of files) copyFileSync(file, join(scratch, basename(file)));
  for (const [name, text] of Object.entries(program.texts ?? {})) writeFileSync(join(scratch, name), text);
  const run = (command: string, args: readonly string[]) =>
    execFileSync(command, args, { cwd: scratch, stdio: ["ignore", "ignore", "pipe"] });
  for (const args of program.rpcgen) run("rpcgen", [...args, basename(program.interface)]);
  run("gcc", [...flags, "-o", "program", ...program.link, "-ltirpc", "-lm"]);
  try {
    renameSync(scratch, folder);
  } catch {
    rmSync(scratch, { recursive: true }); // Another test file was faster.
  }
  return result;
}

/** The C server of peer.x: see c/peer_server.c. */
export function peerServer(): string {
  return compile(peer("server", ["-m", "-o", "peer_svc.c"]));
}

/** The C client of peer.x: see c/peer_client.c. */
export function peerClient(): string {
  return compile(peer("client", ["-l", "-o", "peer_clnt.c"]));
}

function peer(side: "server" | "client", stub: readonly string[]): CProgram {
  return {
    interface: "test/interop/peer.x",
    sources: [`test/interop/c/peer_${side}.c`],
    rpcgen: [
      ["-C", "-h", "-o", "peer.h"],
      ["-C", "-c", "-o", "peer_xdr.c"],
      ["-C", ...stub],
    ],
    link: [`peer_${side}.c`, "peer_xdr.c", stub[2] as string],
  };
}
