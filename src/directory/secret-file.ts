// Reads secrets of directories from a file: one on each line, as "NAME SECRET" or "SECRET" alone. Empty lines and text
// after # are ignored.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { whyNotOwnWay } from "../machine/own-file.js";
import type { DirectorySecret } from "./engine.js";
import { DirectoryError } from "./errors.js";
import { checkSecret } from "./served/proof.js";

/** The most bytes of such a file. */
const longestFile = 1 << 20;

/**
 * Reads a file of secrets: one on each line, as `NAME SECRET` or `SECRET` alone. Empty lines and text after `#` are ignored.
 * @throws DirectoryError DIRECTORY_BAD_SECRET if the file cannot be read, other users can read or
 * replace it, or a line is malformed.
 * @example
 * import { mkdtemp, rm, writeFile } from "node:fs/promises";
 *
 * const folder = await mkdtemp("/tmp/secrets-");
 * await writeFile(`${folder}/secrets`, "billing 0123456789abcdef0123456789abcdef\n", { mode: 0o600 });
 * console.log(readSecrets(`${folder}/secrets`)[0]?.name); // billing
 * await rm(folder, { recursive: true });
 */
export function readSecrets(path: string): DirectorySecret[] {
  const lines = read(path).split("\n");
  const secrets = lines.flatMap((line, i) => {
    const words = line.replace(/#.*/, "").trim().split(/\s+/);
    if (words[0] === "") return [];
    const [name, secret] = words.length === 1 ? [undefined, words[0]] : words;
    if (words.length > 2) throw bad(`${path}:${i + 1}: write NAME SECRET, or the secret alone`);
    try {
      return [checkSecret({ ...(name === undefined ? {} : { name }), secret: secret as string }, "the line")];
    } catch (cause) {
      throw bad(`${path}:${i + 1}: ${(cause as Error).message}`, cause);
    }
  });
  if (secrets.length > 0) return secrets;
  throw bad(`${path} has no secret: openssl rand -hex 32 > ${path} makes one`);
}

function read(path: string): string {
  let fd: number | undefined;
  try {
    // O_NONBLOCK: opening a pipe would otherwise block.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.size > longestFile) throw bad(`${path} is not a regular file`);
    if (process.geteuid !== undefined && (stats.mode & 0o077) !== 0) {
      throw bad(`other users can read or write ${path}: chmod 600 ${path}`);
    }
    const why = whyNotOwnWay(path);
    if (why !== undefined) throw bad(`${path} is not used, because its path leads to ${why}`);
    return readFileSync(fd, "utf8");
  } catch (error) {
    if (error instanceof DirectoryError) throw error;
    throw bad(`the secrets in ${path} cannot be read: ${(error as Error).message}`, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function bad(message: string, cause?: unknown): DirectoryError {
  return new DirectoryError("DIRECTORY_BAD_SECRET", message, cause === undefined ? {} : { cause });
}
