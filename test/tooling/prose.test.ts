// The prose of docs/ and of comments in src/ is plain technical English: the constructions that readers stumbled over most
// often do not come back. CONTRIBUTING.md says how to write.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { root } from "../readme/typescript.js";

/** A construction, and how to write it instead. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/(?:^|[.;:] |\/\/ |\* )What (?!to do|happens|is the)[a-z]/, 'a clause that begins with "What": name the thing'],
  [/\b[Ww]hoever\b/, '"whoever": name who it is (a caller, a client, a user)'],
  [/(?:^|[.;] |\/\/ |\* )Who (?!may)[a-z]+ [a-z]/, 'a clause that begins with "Who": "a client that ..."'],
  [
    /\bwhere (?:there is|there are|it is|one is) (?:none|one)\b/,
    '"where there is none": "if it is missing", "without"',
  ],
  [/\bwhere nothing (?:else )?is said\b/, '"where nothing is said": "by default"'],
  [/\b(?:that|which|path|URL|name) (?:is|are) none\b/, '"that is none": "invalid", "malformed", "unknown"'],
  [/\bthat (?:is|are) no (?:number|time|file|socket|address|error|secret)s?\b/, '"that is no ...": "is not a ..."'],
  [/\bis none of\b/, '"is none of": "is not one of"'],
  [/(?:\/\/ |\* |[.;] )Told\b/, '"Told of": "Called for", "Called when"'],
  [/\b(?:is|are) told (?:of|when|that|what|why|to)\b/, '"is told": "is called", "is reported to"'],
  [/\bwhat it tells\b|\btells of\b|\btells (?:how|whether|what)\b/i, '"tells": "reports", "shows", "describes"'],
  [/\bstands again\b|\bstood again\b/, '"stands again": "reconnects", "is restored"'],
  [/\bgoes on\b(?! here)/, '"goes on": "continues", "is retried"'],
  [/\b(?:is|has) gone\b/, '"is gone": "has stopped", "was removed", "is closed"'],
  [/\b(?:of|by) (?:itself|themselves)\b where\b/, '"of itself": "automatically"'],
  [/, say[,.;)]/, '", say": "for example"'],
  [/, for one(?=[.;,)]|$)/, '", for one": "for example"'],
  [/\b(?:after|before|for) so (?:many|long)\b/, '"so many milliseconds": "this many milliseconds", or name the limit'],
  [/\bin good order\b/, '"in good order": "normally"'],
  [/\bone behind the other\b/, '"one behind the other": "one after another"'],
  [/\b[Nn]obody (?:is )?left to tell\b|\bnobody to tell\b/, '"nobody to tell": "there is nothing to report it to"'],
  [/\bfor sure\b/, '"for sure": "certainly"'],
];

/** Pages that are made from other sources, which are read instead. */
const generated = /docs\/(?:reference\/api\/|diagnostics\.md)/;

function filesBelow(folder: string, wanted: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((path) => !generated.test(path) && !/\.(test|test-support|gen)\.ts$|\.test-|\.test\./.test(path));
}

/** The lines of a page, or the comments of a source file, with their numbers. */
function prose(path: string): (readonly [number, string])[] {
  const lines = readFileSync(join(root, path), "utf8").split("\n");
  const numbered = lines.map((line, index) => [index + 1, line] as const);
  if (path.endsWith(".md")) return numbered;
  return numbered.flatMap(([number, line]) => {
    const [comment] = /^\s*\*.*|\/\*\*.*|(?<!:)\/\/ .*/.exec(line) ?? [];
    return comment === undefined ? [] : [[number, comment.trim()] as const];
  });
}

function faults(paths: readonly string[]): string[] {
  return paths.flatMap((path) =>
    prose(path).flatMap(([number, text]) =>
      patterns
        .filter(([pattern]) => pattern.test(text))
        .map(([, advice]) => `${path}:${number}: ${advice}\n    ${text.slice(0, 140)}`),
    ),
  );
}

test("the pages in docs/ have none of the constructions that readers stumble over", () => {
  assert.equal(
    faults([...filesBelow("docs", /\.md$/), "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]).join("\n"),
    "",
  );
});

test("the comments in src/ have none of them either", () => {
  assert.equal(faults(filesBelow("src", /\.ts$/)).join("\n"), "");
});
