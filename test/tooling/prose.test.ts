// The prose of pages, of comments in src/ and of messages is plain technical English: the constructions that readers
// stumbled over most often do not come back. CONTRIBUTING.md says how to write.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { parseSync } from "oxc-parser";
import { root } from "../readme/typescript.js";
import { thoroughTest } from "../support/count-of.js";

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

/** Constructions of messages, hints and `--help`; comments may have them where they are clear. */
const patternsOfMessages: readonly (readonly [RegExp, string])[] = [
  [/(?<![Tt]here )\b(?:is|are) no (?!longer|more\b)[a-z]/, '"is no number": "is not a number"'],
  [/\bstands? (?!for\b)/, '"stands behind", "stands alone": "comes after", "must be the only"'],
  [/\bbehind (?:the|a|an|it|its|one)\b/, '"behind the name": "after the name"'],
  [/\b(?:or|and|then) say\b|\bsay -/, '"say --force": "use --force"'],
  [/\bor name another\b/, '"name another": "use another"'],
  [/\bleft (?:alone|as it (?:is|was))\b/, '"is left alone", "left as it was": "was not changed"'],
  [/\btold apart\b/, '"told apart": "distinguished"'],
  [/\b[Ll]eave \S{1,20} out\b/, '"leave it out": "remove it"'],
  [/\btaken (?:for|out)\b/, '"taken for", "taken out": "treated as", "removed"'],
  [/\bhas to be said\b|\bsays? so\b/, '"to say so": "to make this explicit"'],
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

/** The messages of a source file: its strings and templates of several words, with their lines. */
function messages(path: string): (readonly [number, string])[] {
  const text = readFileSync(join(root, path), "utf8");
  const found: (readonly [number, string])[] = [];
  const keep = (words: string, at: number) => {
    if (words.trim().split(/\s+/).length < 3) return;
    const line = text.slice(0, at).split("\n").length;
    for (const [index, part] of words.split("\n").entries()) found.push([line + index, part]);
  };
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) for (const one of node) walk(one);
    if (typeof node !== "object" || node === null || Array.isArray(node)) return;
    const { type, value, start } = node as { type?: string; value?: unknown; start: number };
    if (type === "Literal" && typeof value === "string") keep(value, start);
    if (type === "TemplateLiteral") keep(withoutCode(text, node as unknown as Template), start);
    for (const part of Object.values(node)) walk(part);
  };
  walk(parseSync(path, text).program);
  return found;
}

interface Template {
  readonly start: number;
  readonly end: number;
  readonly expressions: readonly { readonly start: number; readonly end: number }[];
}

/** A template's text with `X` in place of each expression. */
function withoutCode(text: string, { start, end, expressions }: Template): string {
  let shown = "";
  let from = start + 1;
  for (const one of expressions) {
    shown += `${text.slice(from, one.start).replace(/\$\{\s*$/, "")}X`;
    from = text.indexOf("}", one.end) + 1;
  }
  return shown + text.slice(from, end - 1);
}

type Reading = (path: string) => (readonly [number, string])[];

function faults(paths: readonly string[], read: Reading = prose, wrong = patterns): string[] {
  return paths.flatMap((path) =>
    read(path).flatMap(([number, text]) =>
      wrong
        .filter(([pattern]) => pattern.test(text))
        .map(([, advice]) => `${path}:${number}: ${advice}\n    ${text.slice(0, 140)}`),
    ),
  );
}

test("the pages have none of the constructions that readers stumble over", () => {
  const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
  const folders = ["docs", "templates", "editors"].flatMap((folder) => filesBelow(folder, /\.md$/));
  assert.equal(faults([...folders.filter((path) => !path.includes("node_modules")), ...pages]).join("\n"), "");
});

test("the comments in src/ have none of them either", () => {
  assert.equal(faults(filesBelow("src", /\.ts$/)).join("\n"), "");
});

thoroughTest("messages, hints and --help have none of them, and none of their own", () => {
  const wrong = faults(filesBelow("src", /\.ts$/), messages, [...patterns.slice(1), ...patternsOfMessages]);
  assert.equal(wrong.join("\n"), "");
});

test("no comment and no page has the marks of a merge that was not finished", () => {
  const marks = [[/<{7} |>{7} /, "finish the merge"]] as const;
  assert.equal(faults([...filesBelow("src", /\.ts$/), ...filesBelow("docs", /\.md$/)], allLines, marks).join("\n"), "");
});

function allLines(path: string): (readonly [number, string])[] {
  const lines = readFileSync(join(root, path), "utf8").split("\n");
  return lines.map((line, index) => [index + 1, line] as const);
}
