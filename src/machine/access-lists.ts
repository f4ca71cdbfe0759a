// Access control lists of files (acl(5)). Node cannot read them.

/**
 * The first of these paths that has an access control list with entries for more than owner, group and others; undefined if none has,
 * or if the system has no lists or no `ls` that marks them. With a list, the group's bits of a mode are the mask of all its
 * entries: a path whose group may not write gives nobody more than its mode says, and need not be asked about.
 */
export function firstWithAccessList(paths: readonly string[]): string | undefined {
  if (paths.length === 0 || process.platform !== "linux" || !isMarked(paths)) return undefined;
  return paths.find((path) => isMarked([path]));
}

/** `drwxrwxr-x+`: the + marks a list. Names that contain such a line can only make more paths look marked. */
const marked = /^[a-z-][a-zA-Z-]{9}\+ /m;

function isMarked(paths: readonly string[]): boolean {
  // Loaded late: few programs have such paths.
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const { stdout } = spawnSync("/bin/ls", ["-ldn", "--", ...paths], { encoding: "latin1", env: { LC_ALL: "C" } });
  return marked.test(stdout ?? "");
}
