// The folders and links that a path leads through. A user who can replace one of them decides where the path leads.
import { lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { dirname, isAbsolute, join, parse, sep } from "node:path";

/** A folder, link or file that a path leads through, as lstat(2) sees it, in its real folder. */
export interface Step {
  readonly path: string;
  readonly stats: Stats;
}

/** The system follows as many links before it reports a loop (path_resolution(7)). */
const mostLinks = 40;

/**
 * Every folder and link on the way to the path, in the order in which the system visits them, and the path's end. Ends early at
 * a name that does not exist, or after 40 links. @throws system errors about folders that cannot be searched.
 */
export function* wayTo(path: string): Generator<Step> {
  // Not `resolve`, which removes "x/.." although x may be a link to another place.
  const absolute = isAbsolute(path) ? path : `${process.cwd()}${sep}${path}`;
  let at = parse(absolute).root;
  yield { path: at, stats: lstatSync(at) };
  const left = absolute.slice(at.length).split(sep).reverse();
  for (let links = 0; left.length > 0; ) {
    const name = left.pop() as string;
    if (name === "" || name === ".") continue;
    const next = name === ".." ? dirname(at) : join(at, name);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (stats === undefined) return;
    yield { path: next, stats };
    if (!stats.isSymbolicLink()) at = next;
    else if (++links > mostLinks) return;
    else {
      const target = readlinkSync(next);
      const { root } = parse(target);
      if (root !== "") at = root;
      left.push(...target.slice(root.length).split(sep).reverse());
    }
  }
}

/**
 * Whether a group has no member but this user, so that its members can do no more than the user. Many systems give each user
 * such a group, which has the user's name or number.
 */
export function isPrivateGroup(gid: number, uid: number, accounts: Accounts = systemAccounts()): boolean {
  const users = rowsOf(accounts.users);
  const [name] = users.find(([, , id]) => id === String(uid)) ?? [];
  const group = rowsOf(accounts.groups).find(([, , id]) => id === String(gid));
  if (group === undefined ? gid !== uid : group[0] !== name && gid !== uid) return false;
  const members = (group?.[3] ?? "").split(",").filter((member) => member !== "" && member !== name);
  return members.length === 0 && !users.some(([, , id, primary]) => primary === String(gid) && id !== String(uid));
}

/** The texts of passwd(5) and group(5). */
export interface Accounts {
  readonly users: string;
  readonly groups: string;
}

function systemAccounts(): Accounts {
  return { users: textOf("/etc/passwd"), groups: textOf("/etc/group") };
}

function rowsOf(text: string): string[][] {
  return text.split("\n").map((line) => line.split(":"));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
