// Interface files that rpcgen accepts, with one word left out, put in another's place, said too much, or exchanged.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pick, type Random } from "../../fuzz/support/random.js";
import { project } from "../harness/compile.js";

const longest = 9000;

/** Texts to start from: files that include others are left out, and so are long ones. */
export function textsToMutate(paths: readonly string[]): string[] {
  return paths
    .map((path) => readFileSync(resolve(project, path), "latin1"))
    .filter((text) => text.length < longest && !text.includes("#include"));
}

/** The text with one change. */
export function mutatedText(text: string, random: Random): string {
  const parts = text.match(/\/\*[\s\S]*?\*\/|"[^"]*"|\w+|[^\s\w]|\s+/g) ?? [];
  const words = [...parts.keys()].filter((i) => !/^(?:\s|\/\*)/.test(parts[i] ?? ""));
  const [at, other] = [pick(random, words), pick(random, words)];
  const [here = "", there = ""] = [parts[at], parts[other]];
  switch (random(4)) {
    case 0:
      parts[at] = "";
      break;
    case 1:
      parts[at] = there;
      break;
    case 2:
      parts[at] = `${there} ${here}`;
      break;
    default:
      [parts[at], parts[other]] = [there, here];
  }
  return parts.join("");
}
