// The files of a revision of git, read as if they were on disk.

import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { isFolder, MAX_INTERFACE_SIZE, readIfFile } from "../../project/read-file.js";
import type { ReadFile } from "../../project/search-path.js";
import { CommandError } from "../output.js";

export interface GitRevision {
  /** The prefix of its file names in messages: `main:`. */
  readonly prefix: string;
  /** Paths outside of the repository are read from disk. */
  readonly read: ReadFile;
  /** @throws CommandError when the revision has no such file. */
  readOrThrow(path: string): Uint8Array;
}

/** @param path a file in the repository. @throws CommandError when there is no repository, or no such revision. */
export function openRevision(revision: string, path: string): GitRevision {
  const top = topOf(revision, path);
  const files = new Set(
    git(top, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", "--end-of-options", revision])
      .toString("utf8")
      .split("\0"),
  );
  const inTree = (name: string): string | undefined => {
    const way = relative(top, realResolve(name));
    return way.startsWith("..") || isAbsolute(way) ? undefined : way.split(sep).join("/");
  };
  const read = (name: string): Uint8Array | undefined => {
    const way = inTree(name);
    if (way === undefined) return readIfFile(name);
    return files.has(way) ? git(top, ["cat-file", "blob", `${revision}:${way}`]) : undefined;
  };
  const readOrThrow = (name: string): Uint8Array => {
    const bytes = inTree(name) === undefined ? undefined : read(name);
    if (bytes !== undefined) return bytes;
    throw cannotRead(revision, name, "it has no such file");
  };
  return { prefix: `${revision}:`, read, readOrThrow };
}

/** The folder that the repository is in. */
function topOf(revision: string, path: string): string {
  let folder = dirname(resolve(path));
  while (!isFolder(folder)) folder = dirname(folder);
  try {
    const top = git(folder, ["rev-parse", "--show-toplevel"])
      .toString("utf8")
      .replace(/\r?\n$/, "");
    git(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]);
    return realpathSync(top);
  } catch (error) {
    const { code, stderr = "" } = error as { code?: unknown; stderr?: Buffer | string };
    const told = String(stderr).trim().split("\n")[0];
    throw cannotRead(revision, path, code === "ENOENT" ? "git is not installed" : told || "git has no such revision");
  }
}

function cannotRead(revision: string, path: string, why: string | undefined): CommandError {
  const message = `cannot read ${path} of revision ${revision}: ${why}`;
  return new CommandError("CANNOT_READ", message, { details: { file: path, revision } });
}

function git(folder: string, args: readonly string[]): Buffer {
  const maxBuffer = MAX_INTERFACE_SIZE;
  return execFileSync("git", ["-C", folder, ...args], { maxBuffer, stdio: ["ignore", "pipe", "pipe"] });
}

/** An absolute path without symbolic links, as far as it exists: git uses the real path. */
function realResolve(path: string): string {
  const absolute = resolve(path);
  let folder = dirname(absolute);
  const rest = [basename(absolute)];
  while (!isFolder(folder)) {
    rest.unshift(basename(folder));
    folder = dirname(folder);
  }
  return join(realpathSync(folder), ...rest);
}
