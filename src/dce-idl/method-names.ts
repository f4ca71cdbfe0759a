// The names of methods: those of operations, in the case of JavaScript.
const reserved = new Set(["then", "constructor", "__proto__"]);

/** `NetShareEnum` becomes netShareEnum, `get_time` getTime. Names that JavaScript needs get an underscore. */
export function methodNameOf(operation: string): string {
  const words = operation.split("_").filter((word) => word !== "");
  const name = words
    .map((word, i) => (i === 0 ? lowerFirst(word) : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("");
  return reserved.has(name) || name === "" ? `${name}_` : name;
}

/** Changes leading capitals to small letters, except the one that begins the next word: `ADD` becomes add, `RPCOpen` rpcOpen. */
function lowerFirst(word: string): string {
  return word.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (start) => start.toLowerCase());
}
