// The places where file systems are mounted. A bind mount has the same device number as the folder around it, so that only
// the system's list shows it.
import { readFileSync } from "node:fs";

/**
 * The mount points of this process, as real paths (proc(5), mountinfo). Undefined on Linux without /proc, where bind mounts cannot be
 * seen; none on systems that have no bind mounts.
 */
export function mountPoints(): ReadonlySet<string> | undefined {
  let text: string;
  try {
    text = readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return process.platform === "linux" ? undefined : new Set();
  }
  return new Set(text.split("\n").map((line) => unescaped(line.split(" ")[4] ?? "")));
}

/** Blanks, line ends and backslashes are octal numbers: "\040". */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
