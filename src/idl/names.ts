// The methods that procedures become in TypeScript. The mapping is permanent: a change here breaks every user.

/** Names of a version's procedures to their methods, in the same order. */
export function methodNames(names: readonly string[]): string[] {
  const prefix = names.length >= 3 ? commonPrefix(names) : "";
  const methods = names.map((name) => camelCase(name.slice(prefix.length)));
  const counts = new Map<string, number>();
  for (const method of methods) counts.set(method, (counts.get(method) ?? 0) + 1);
  const distinct = methods.map((method, i) => (counts.get(method) === 1 ? method : (names[i] ?? method)));
  return notThenable(new Set(distinct).size === names.length ? distinct : names);
}

/** An object with a method `then` is taken for a promise: it cannot be awaited, nor returned from an async function. */
export function notThenable(methods: readonly string[]): string[] {
  let other = "then_";
  while (methods.includes(other)) other += "_";
  return methods.map((method) => (method === "then" ? other : method));
}

/** `getattr_3`, as rpcgen has it; names that differ by case alone keep theirs. */
export function rpcgenNames(names: readonly string[], version: number): string[] {
  const lowered = names.map((name) => name.toLowerCase());
  return names.map((name, i) => {
    const low = lowered[i] ?? name;
    return `${lowered.indexOf(low) === lowered.lastIndexOf(low) ? low : name}_${version}`;
  });
}

/** The longest prefix that ends in `_`, which all share, and after which each goes on with a letter. */
function commonPrefix(names: readonly string[]): string {
  const [first = "", ...rest] = names;
  let prefix = first;
  for (const name of rest) {
    let length = 0;
    while (length < prefix.length && prefix[length] === name[length]) length++;
    prefix = prefix.slice(0, length);
  }
  for (let end = prefix.lastIndexOf("_"); end >= 0; end = prefix.lastIndexOf("_", end - 1)) {
    if (names.every((name) => /^_*[A-Za-z]/.test(name.slice(end + 1)))) return prefix.slice(0, end + 1);
    if (end === 0) break;
  }
  return "";
}

/** `GET_TIME`, `get_time`, `GetTime`: getTime. A name of underscores and digits alone stays as it is. */
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
