// Whether a configuration that was found, not named, may be run. It is a program, so a user who can write it could run
// code as this user.
import { readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** The user that runs the command. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Why a configuration must not be run, as the end of a sentence; undefined if it may. It must belong to the user or to
 * root, and nobody else may be able to write or replace it, nor a link on the way to it. On platforms without uids every configuration may be run.
 */
export function distrustOf(path: string, identity: Identity | undefined = ownIdentity()): string | undefined {
  if (identity === undefined) return undefined;
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined) return undefined;
  const fault = faultOf(file, identity, "it");
  if (fault !== undefined) return fault;
  for (const [i, one] of linksFrom(path).entries()) {
    const folder = dirname(one);
    const fault = faultOf(statSync(folder), identity, i === 0 ? "its folder" : `${folder}, to which it is a link,`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

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

function faultOf({ uid, gid, mode }: Stats, own: Identity, what: string): string | undefined {
  if (uid !== own.uid && uid !== 0) return `${what} belongs to another user (uid ${uid})`;
  if ((mode & 0o002) !== 0) return `everybody can write to ${what}`;
  // A user's own group, which most systems create for each user, has no other members.
  if ((mode & 0o020) !== 0 && gid !== own.gid && gid !== 0) return `others can write to ${what} (group ${gid})`;
  return undefined;
}

function ownIdentity(): Identity | undefined {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}
