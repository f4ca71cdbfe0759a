// Files that a daemon trusts and writes: in folders where nobody else can replace them, never through a link, and only
// regular files. The opened file itself is checked.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { BrandedError } from "../base/brand.js";
import { firstWithAccessList } from "./access-lists.js";
import { isPrivateGroup, wayTo } from "./own-way.js";

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** A file or folder that must not be used. The message says which, why, and what to do. */
export class UnusableFile extends BrandedError {
  static override readonly kind: string = "UnusableFile";
}

/** Write permission for group and others. */
const writableByOthers = 0o022;
const sticky = 0o1000;

/**
 * Returns the path with its folders' links resolved, after checking that only this user and the superuser can replace
 * the file. In a folder like /tmp, where others can add but not remove (the sticky bit), no other user may have created
 * a file of this name, or one that begins with the name and a dot.
 * @throws UnusableFile, and system errors about the folder.
 */
export function ownPlace(path: string): string {
  const folder = realFolder(path);
  const name = basename(path);
  // The path as it was given: a link on the way may lead to a folder of this user, and be another user's.
  const why = whyNotOwnWay(dirname(path)) ?? nameTaken(folder, name);
  if (why !== undefined) throw new UnusableFile(`${path} is in ${why}: use a folder of your own`);
  return join(folder, name);
}

/**
 * Why another user could change what the path leads to, as "FOLDER, which ..."; undefined if none can. Every folder and link on the
 * way, and a file at its end, must belong to this user or root.
 */
export function whyNotOwnWay(path: string): string | undefined {
  if (process.geteuid === undefined) return undefined;
  const ofGroup: string[] = [];
  for (const { path: one, stats } of wayTo(path)) {
    const why = stats.isSymbolicLink() ? whyNotOwner(stats) : whyNotOwn(stats);
    if (why !== undefined) return `${one}, ${why}`;
    if (!stats.isSymbolicLink() && (stats.mode & (0o020 | sticky)) === 0o020) ofGroup.push(one);
  }
  const shared = firstWithAccessList(ofGroup);
  return shared === undefined ? undefined : `${shared}, whose access control list (getfacl) lets others write to it`;
}

function realFolder(path: string): string {
  try {
    return realpathSync(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UnusableFile(`${path}: the folder ${dirname(path)} does not exist`, { cause: error });
  }
}

function whyNotOwn(stats: Stats): string | undefined {
  const why = whyNotOwner(stats);
  if (why !== undefined) return why;
  const others = stats.mode & writableByOthers & ~(isOwnGroup(stats) ? 0o020 : 0);
  // In a folder with the sticky bit, only its owner and a file's own can replace the file.
  return others === 0 || (stats.mode & sticky) !== 0 ? undefined : "which others can write to";
}

function whyNotOwner({ uid }: Stats): string | undefined {
  return uid === process.geteuid?.() || uid === 0 ? undefined : `which belongs to user ${uid}`;
}

/** A file of another user in a folder that all users can write to. */
function nameTaken(folder: string, name: string): string | undefined {
  const own = process.geteuid?.();
  if (own === undefined || (statSync(folder).mode & writableByOthers) === 0) return undefined;
  for (const one of readdirSync(folder)) {
    if (one !== name && !one.startsWith(`${name}.`)) continue;
    const uid = lstatSync(join(folder, one), { throwIfNoEntry: false })?.uid;
    if (uid !== undefined && uid !== own && uid !== 0)
      return `${folder}, where user ${uid} has put ${JSON.stringify(one)}`;
  }
  return undefined;
}

function isOwnGroup({ gid, mode }: Stats): boolean {
  const user = process.geteuid?.();
  return (mode & 0o020) !== 0 && user !== undefined && user !== 0 && isPrivateGroup(gid, user);
}

/**
 * Opens a file to read, or to read and write, with further flags of `open`. Returns undefined if it does not exist.
 * @throws UnusableFile for a link, a pipe, a device, or another user's file; system errors.
 */
export function openOwn(path: string, how: "read" | "write" = "read", flags = 0): number | undefined {
  let fd: number;
  try {
    // O_NONBLOCK: opening a pipe would otherwise block.
    fd = openSync(path, (how === "read" ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_NONBLOCK | flags);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP")
      throw new UnusableFile(`${path} is a symbolic link: name the file itself, or remove the link`);
    if (code === "ENXIO" || code === "EISDIR")
      throw new UnusableFile(`${path} is not a regular file: use another path`);
    throw error;
  }
  try {
    const why = whyNotFile(fstatSync(fd));
    if (why !== undefined) throw new UnusableFile(`${path} ${why}`);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function whyNotFile(stats: Stats): string | undefined {
  if (!stats.isFile()) return "is not a regular file: use another path";
  const own = process.geteuid?.();
  if (own === undefined) return undefined;
  if (stats.uid !== own && stats.uid !== 0) return `belongs to user ${stats.uid}: it cannot be trusted; remove it`;
  if ((stats.mode & writableByOthers) !== 0) return "can be written by others: it cannot be trusted; remove it";
  return undefined;
}

/** Creates a new file, with further flags of `open`. @throws system errors; EEXIST if the path exists, even as a link. */
export function createOwn(path: string, mode: number, flags = 0): number {
  return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | flags, mode);
}

/** The first bytes of an open file, as text. */
export function headOf(fd: number, length: number): string {
  const bytes = Buffer.alloc(length);
  return bytes.toString("utf8", 0, readSync(fd, bytes, 0, length, 0));
}

/** Whether `link` failed because the file system has no hard links, such as FAT and some network file systems. */
export function isWithoutLinks(error: unknown): boolean {
  return ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** Whether an error means that the disk cannot be written, now or permanently. It can still be read. */
export function isDiskTrouble(error: unknown): boolean {
  const codes = ["EROFS", "ENOSPC", "EDQUOT", "EIO"];
  for (let one = error; one instanceof Error; one = one.cause) {
    if (codes.includes((one as NodeJS.ErrnoException).code ?? "")) return true;
  }
  return false;
}
