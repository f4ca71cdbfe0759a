// A directory server asked without an engine: by its interface file, as a program in another language would.
import { readFileSync } from "node:fs";
import { createClient, type Program } from "lupine";
import { loadInterface } from "lupine/dynamic";

export interface Answer {
  readonly status: number;
  readonly why?: string;
  readonly services?: { readonly entries: readonly { readonly id: string; readonly addresses: readonly string[] }[] };
  readonly found?: { readonly paths: readonly string[]; readonly more: boolean };
}

export interface RawDirectory extends AsyncDisposable {
  register(what: object): Promise<Answer>;
  withdraw(path: string, id: string): Promise<Answer>;
  lookup(path: string): Promise<Answer>;
  watch(what: object): Promise<Answer>;
  list(what: { readonly folder: string; readonly after: string }): Promise<Answer>;
}

const file = "directory.x";
const text = readFileSync(new URL(`../../../src/directory/${file}`, import.meta.url), "utf8");

/** DIRECTORY_V1, read from the interface file. */
export const directoryProgram = loadInterface(text, { file }).programs[0]?.versions[0] as Program;

export function rawDirectory(url: string): RawDirectory {
  return createClient(directoryProgram, url) as unknown as RawDirectory;
}

export function entry(id: string, address = "tcp://10.0.0.7:2049"): object {
  return { id, versions: [{ program: 300_123, version: 1 }], addresses: [address], priority: 0, weight: 1 };
}

/** All paths of a folder. */
export async function allPaths(directory: RawDirectory, folder: string): Promise<readonly string[]> {
  const all: string[] = [];
  for (;;) {
    const { found } = await directory.list({ folder, after: all.at(-1) ?? "" });
    all.push(...(found?.paths ?? []));
    if (found?.more !== true) return all;
  }
}
