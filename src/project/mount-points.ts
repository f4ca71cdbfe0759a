// The places where file systems are mounted. A bind mount has the same device number as the folder around it, so that only
// the system's list shows it.
import { readFileSync } from "node:fs";

/** The mount points of this process, as real paths; none if the system has no /proc (proc(5), mountinfo). */
export function mountPoints(): ReadonlySet<string> {
  let text: string;
  try {
    text = readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return new Set();
  }
  return new Set(text.split("\n").map((line) => unescaped(line.split(" ")[4] ?? "")));
}

/** Blanks, line ends and backslashes are octal numbers: "\040". */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
