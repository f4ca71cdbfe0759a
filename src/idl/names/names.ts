// Derives method names from procedures. The mapping is permanent: a change here breaks every user.

/** How methods are named: the option `naming`. */
export type Naming = "camelCase" | "verbatim" | "rpcgen";

/** The names from which a method is derived besides the procedure's own. */
export interface MethodOwner {
  readonly program: string;
  readonly version: string;
  /** The version's number. */
  readonly number: number;
}

/**
 * Maps the procedures of a version to method names in camelCase, in the same order. A method depends on the procedure's
 * own name and on the names of its program and version, never on other procedures: adding a procedure changes no
 * method. Two procedures can have the same method; `compileInterface` then gives the one with the greater number another.
 * @param owners the names of the program and of the version.
 * @example
 * console.log(methodNames([{ name: "ADDPROC_SUM" }], ["ADD_PROG", "ADD_VERS"])); // [ 'sum' ]
 */
export function methodNames(procedures: readonly { readonly name: string }[], owners: readonly string[]): string[] {
  return procedures.map(({ name }) => methodName(name, owners));
}

/** @param owners the names of the program and of the version. */
export function methodName(procedure: string, owners: readonly string[]): string {
  const roots = owners.map(rootOf).filter((root) => root !== "");
  return notThenable(camelCase(withoutPrefix(procedure, roots)));
}

/** The method of a procedure by the option `naming`. */
export function methodNameAs(naming: Naming, procedure: string, { program, version, number }: MethodOwner): string {
  if (naming === "verbatim") return notThenable(procedure);
  // As in rpcgen.
  if (naming === "rpcgen") return `${procedure.toLowerCase()}_${number}`;
  return methodName(procedure, [program, version]);
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
