// Whether a configuration that was found, not named, may be run. It is a program, so a user who can write it could run
// code as this user.
import { type Stats, statSync } from "node:fs";
import { dirname } from "node:path";

/** The user that runs the command. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Why a configuration must not be run, as the end of a sentence; undefined if it may. It must belong to the user or to
 * root, and nobody else may be able to write or replace it. On platforms without uids every configuration may be run.
 */
export function distrustOf(path: string, identity: Identity | undefined = ownIdentity()): string | undefined {
  if (identity === undefined) return undefined;
  const [file, folder] = [path, dirname(path)].map((one) => statSync(one, { throwIfNoEntry: false }));
  if (file === undefined || folder === undefined) return undefined;
  return faultOf(file, identity, "it") ?? faultOf(folder, identity, "its folder") ?? undefined;
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
