// Derives method names from procedures. The mapping is permanent: a change here breaks every user.

/** The names that a procedure's method can have, the best first. */
export type Candidates = (procedure: string) => readonly string[];

/** How methods are named: the option `naming`. */
export type Naming = "camelCase" | "verbatim" | "rpcgen";

/**
 * Maps the procedures of a version to method names, in the same order. A method depends on the procedure's own name and
 * on the names of its program and version. A name that two procedures could have belongs to neither: a procedure that
 * is added may take a method away, so that its callers do not compile, but never becomes the target of their calls.
 * @param owners the names of the program and of the version.
 * @example
 * console.log(methodNames([{ name: "ADDPROC_SUM" }], ["ADD_PROG", "ADD_VERS"])); // [ 'sum' ]
 */
export function methodNames(procedures: readonly { readonly name: string }[], owners: readonly string[]): string[] {
  return distinctNames(procedures, camelCaseCandidates(owners));
}

/** @param owner the names of the program and of the version, and the version's number. */
export function candidatesFor(
  naming: Naming,
  { program, version, number }: { readonly program: string; readonly version: string; readonly number: number },
): Candidates {
  if (naming === "verbatim") return (name) => [name];
  // As in rpcgen; in the case of the file for names that differ only by case.
  if (naming === "rpcgen") return (name) => [`${name.toLowerCase()}_${number}`, `${name}_${number}`];
  return camelCaseCandidates([program, version]);
}

function camelCaseCandidates(owners: readonly string[]): Candidates {
  const roots = owners.map(rootOf).filter((root) => root !== "");
  return (name) => [camelCase(withoutPrefix(name, roots)), camelCase(name), name];
}

/**
 * For each procedure, its first candidate that no other procedure shares. If all are shared, its own name with a `$`, a character
 * that interfaces do not contain.
 */
export function distinctNames(procedures: readonly { readonly name: string }[], candidatesOf: Candidates): string[] {
  const { candidates, owners } = claims(procedures, candidatesOf);
  return procedures.map(({ name }) => candidates.get(name)?.find((one) => owners.get(one)?.length === 1) ?? `${name}$`);
}

/** The names that procedures would have if no other procedure could have them, with the procedures of each. */
export function sharedNames(
  procedures: readonly { readonly name: string }[],
  candidatesOf: Candidates,
): Map<string, readonly string[]> {
  const { candidates, owners } = claims(procedures, candidatesOf);
  const first = new Set([...candidates.values()].map(([one]) => one));
  return new Map([...owners].filter(([name, all]) => all.length > 1 && first.has(name)));
}

interface Claims {
  /** By the name of the procedure. */
  readonly candidates: ReadonlyMap<string, readonly string[]>;
  /** The names of procedures, by candidate. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
}

function claims(procedures: readonly { readonly name: string }[], candidatesOf: Candidates): Claims {
  const names = new Set(procedures.map(({ name }) => name));
  const candidates = new Map([...names].map((name) => [name, [...new Set(candidatesOf(name).map(notThenable))]]));
  const owners = new Map<string, string[]>();
  for (const [name, all] of candidates) {
    for (const one of all) {
      const known = owners.get(one);
      if (known === undefined) owners.set(one, [name]);
      else known.push(name);
    }
  }
  return { candidates, owners };
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
