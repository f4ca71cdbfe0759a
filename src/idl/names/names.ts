// Derives method names from procedures. The mapping is permanent: a change here breaks every user.

export interface NumberedName {
  readonly name: string;
  /** NaN if it could not be determined, which is reported elsewhere. */
  readonly number: number;
}

/**
 * Maps the procedures of a version to method names, in the same order. A method depends on the procedure's own name and
 * on the names of its program and version. If two would be equal, the one with the lower number gets the name. So
 * adding a procedure with the next free number, or with a distinct name, renames no other.
 * @param owners the names of the program and of the version.
 * @example
 * console.log(methodNames([{ name: "ADDPROC_SUM", number: 1 }], ["ADD_PROG", "ADD_VERS"])); // [ 'sum' ]
 */
export function methodNames(procedures: readonly NumberedName[], owners: readonly string[]): string[] {
  const roots = owners.map(rootOf).filter((root) => root !== "");
  return distinct(procedures, (name) => [camelCase(withoutPrefix(name, roots)), camelCase(name), name]);
}

/** The names as they are. */
export function verbatimNames(procedures: readonly NumberedName[]): string[] {
  return distinct(procedures, (name) => [name]);
}

/** `getattr_3`, as in rpcgen. Of names that differ only by case, the one with the lowest number gets it. */
export function rpcgenNames(procedures: readonly NumberedName[], version: number): string[] {
  return distinct(procedures, (name) => [`${name.toLowerCase()}_${version}`, `${name}_${version}`]);
}

/** For each procedure, the first of its candidate names that no procedure with a lower number has. */
function distinct(procedures: readonly NumberedName[], candidatesOf: (name: string) => string[]): string[] {
  const methods = new Map<string, string>();
  const taken = new Set<string>();
  for (const { name } of [...procedures].sort(byNumber)) {
    if (methods.has(name)) continue;
    const candidates = candidatesOf(name).map(notThenable);
    let method = candidates.find((one) => !taken.has(one));
    for (let last = candidates.at(-1) ?? name; method === undefined; last += "_") {
      if (!taken.has(last)) method = last;
    }
    methods.set(name, method);
    taken.add(method);
  }
  return procedures.map(({ name }) => methods.get(name) ?? name);
}

/** Those without a number last; a stable sort keeps the order of equals. */
function byNumber(a: NumberedName, b: NumberedName): number {
  const rank = ({ number }: NumberedName): number => (Number.isNaN(number) ? Number.MAX_SAFE_INTEGER : number);
  return rank(a) - rank(b);
}

/**
 * An object with a method `then` is treated as a promise: it cannot be awaited, nor returned from an async function.
 */
function notThenable(method: string): string {
  return method === "then" ? "then_" : method;
}

/** The length above which names keep their prefix, in characters. */
const MAX_LENGTH = 200;

/** The distinctive part of a program's or a version's name: `nfs` of NFS_PROGRAM and NFS_V3, `rstat` of RSTATPROG. */
function rootOf(owner: string): string {
  if (owner.length > MAX_LENGTH) return "";
  const bare = owner.toLowerCase().replace(/_?prog(?:ram)?(?:_?\d+)?$|(?:_?vers(?:ion)?|_v|v(?=\d))_?\d*$/, "");
  return bare.replace(/_*\d*$/, "");
}

/**
 * The name without the part that it takes from its program or version: the root with its digits (`FILE_OPEN`,
 * `NLM4_TEST`), or with PROC after it, and then also the root's first or last words (`NFSPROC3_GETATTR`,
 * `REMOTE_PROC_OPEN`; ACLPROC3_GETACL of NFS_ACL_PROGRAM). Returns the name itself if the rest would not begin with a
 * letter.
 */
function withoutPrefix(name: string, roots: readonly string[]): string {
  if (name.length > MAX_LENGTH) return name;
  const low = name.toLowerCase();
  const proc = /^(.*?)_?proc\d*_/.exec(low);
  const stem = proc?.[1]?.replace(/_*\d+$/, "") ?? "";
  let length = stem !== "" && roots.some((root) => isPart(root, stem)) ? (proc?.[0].length ?? 0) : 0;
  for (const root of roots) {
    const end = low.startsWith(root) ? /^\d*_/.exec(low.slice(root.length))?.[0].length : undefined;
    if (length === 0 && end !== undefined) length = root.length + end;
  }
  const rest = name.slice(length);
  return /^_*[A-Za-z]/.test(rest) ? rest : name;
}

/** Whether `stem` is all of `root`, or consists of words at its beginning or end. */
function isPart(root: string, stem: string): boolean {
  return root === stem || root.startsWith(`${stem}_`) || root.endsWith(`_${stem}`);
}

/**
 * `GET_TIME`, `get_time`, `GetTime` become getTime. A name of underscores and digits alone is unchanged.
 * @example
 * console.log(camelCase("GET_TIME")); // getTime
 */
export function camelCase(name: string): string {
  const words = name.split("_").filter((word) => word !== "");
  const joined = words.map((word, i) => (i === 0 ? firstWord(word) : laterWord(word))).join("");
  return /^[A-Za-z]/.test(joined) ? joined : name;
}

function firstWord(word: string): string {
  if (!/[a-z]/.test(word)) return word.toLowerCase();
  const capitals = /^[A-Z]+/.exec(word)?.[0] ?? "";
  const lowered = capitals.length > 1 ? capitals.length - 1 : capitals.length;
  return word.slice(0, lowered).toLowerCase() + word.slice(lowered);
}

function laterWord(word: string): string {
  const rest = /[a-z]/.test(word) ? word.slice(1) : word.slice(1).toLowerCase();
  return word.charAt(0).toUpperCase() + rest;
}
