// Explains why no server can be called: lists what is registered instead, and under which names.
import { NearestNames } from "../base/nearest-names.js";
import type { Endpoint } from "../pool/endpoints.js";
import type { Program } from "../rpc/program.js";
import type { Directory } from "./directory.js";
import { DirectoryError } from "./errors.js";

/** The most milliseconds for finding similar names. */
const patience = 500;

/** How many names are listed if none is similar. */
const mostShown = 5;

export async function noServer(
  directory: Directory,
  path: string,
  program: Program,
  entries: readonly Endpoint[],
): Promise<DirectoryError> {
  const wanted = `${program.name} (0x${program.number.toString(16)}) version ${program.version}`;
  const instead = entries.length === 0 ? await nearNames(directory, path) : whatTheyHave(entries, program);
  const what = entries.length === 0 ? `no server is registered as ${path}` : `no server of ${path} has ${wanted}`;
  return new DirectoryError("DIRECTORY_NO_SERVER", `${what} in the ${directory.name}: ${instead}`);
}

function whatTheyHave(entries: readonly Endpoint[], program: Program): string {
  const all = entries.flatMap(({ versions = [] }) => versions);
  const own = new Set(all.filter((one) => one.program === program.number).map(({ version }) => version));
  if (own.size === 1) return `registered is version ${[...own][0]}`;
  if (own.size > 1) return `registered are versions ${[...own].sort((a, b) => a - b).join(", ")}`;
  const others = [...new Set(all.map((one) => `0x${one.program.toString(16)}`))].slice(0, mostShown);
  const what = others.length === 1 ? "is another program" : "are other programs";
  return `registered there ${what}, ${others.join(", ")}`;
}

async function nearNames(directory: Directory, path: string): Promise<string> {
  let paths: readonly string[];
  try {
    paths = await directory.list("/", { timeout: patience });
  } catch {
    return "is a server running, and registered under that path?";
  }
  const others = paths.filter((one) => one !== path);
  if (others.length === 0) return "nothing is registered there at all; is the server running?";
  const near = new NearestNames(others).nearest(path);
  if (near !== undefined) return `did you mean ${near}?`;
  const shown = others.slice(0, mostShown).join(", ");
  return `there is ${shown}${others.length > mostShown ? `, and ${others.length - mostShown} more` : ""}`;
}
