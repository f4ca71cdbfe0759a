// Whether a configuration that was found, not named, may be run. It is a program, so a user who can write it could run
// code as this user.
import { readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { firstWithAccessList } from "../machine/access-lists.js";
import { isPrivateGroup, wayTo } from "../machine/own-way.js";

/**
 * Why a configuration must not be run by a user, as the end of a sentence; undefined if it may. It must belong to the user or to
 * root, and nobody else may be able to write or replace it, its folder, or any folder or link on the way to it. On platforms
 * without uids every regular file may be run.
 */
export function distrustOf(path: string, user: number | undefined = process.getuid?.()): string | undefined {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return undefined;
  // Opening a pipe that nobody writes to would not end.
  if (!file.isFile()) return "it is not a regular file";
  if (user === undefined) return undefined;
  const ofGroup: string[] = [];
  const fault =
    faultOf(file, user, path, "it", ofGroup) ?? faultOfFolders(path, user, ofGroup) ?? faultOfWay(path, user, ofGroup);
  if (fault !== undefined) return fault;
  const shared = firstWithAccessList(ofGroup);
  return shared === undefined ? undefined : `the access control list of ${shared} (getfacl) lets others write to it`;
}

/** A folder of the file, or of a link to it, where others can add files is refused, even if they cannot replace them. */
function faultOfFolders(path: string, user: number, ofGroup: string[]): string | undefined {
  for (const [i, one] of linksFrom(path).entries()) {
    const folder = dirname(one);
    const what = i === 0 ? "its folder" : `${folder}, to which it is a link,`;
    const fault = faultOf(statSync(folder), user, folder, what, ofGroup);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** In folders with the sticky bit others cannot replace what belongs to the user or to root, and everything on the way does. */
function faultOfWay(path: string, user: number, ofGroup: string[]): string | undefined {
  for (const { path: one, stats } of wayTo(path)) {
    const what = `${one}, which leads to it,`;
    const isSafe = stats.isSymbolicLink() || (stats.mode & sticky) !== 0;
    const fault = isSafe ? ownerFault(stats, user, what) : faultOf(stats, user, one, what, ofGroup);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const sticky = 0o1000;

/** The path, and those that it leads to if it is a symbolic link, each in its real folder. The system allows 40 links. */
function linksFrom(path: string): string[] {
  const paths: string[] = [];
  for (let at: string | undefined = path; at !== undefined && paths.length <= 40; at = linkTarget(at)) paths.push(at);
  return paths;
}

function linkTarget(path: string): string | undefined {
  try {
    return resolve(realpathSync(dirname(path)), readlinkSync(path));
  } catch {
    return undefined;
  }
}

/** Adds the path to `ofGroup` if its group may write, and has no member but the user or root. */
function faultOf(stats: Stats, user: number, path: string, what: string, ofGroup: string[]): string | undefined {
  const { gid, mode } = stats;
  const fault = ownerFault(stats, user, what);
  if (fault !== undefined) return fault;
  if ((mode & 0o002) !== 0) return `everybody can write to ${what}`;
  if ((mode & 0o020) === 0) return undefined;
  if (gid !== 0 && !isPrivateGroup(gid, user)) return `others can write to ${what} (group ${gid})`;
  if (!ofGroup.includes(path)) ofGroup.push(path);
  return undefined;
}

function ownerFault({ uid }: Stats, user: number, what: string): string | undefined {
  return uid === user || uid === 0 ? undefined : `${what} belongs to another user (uid ${uid})`;
}
