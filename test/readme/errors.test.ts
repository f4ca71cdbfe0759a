// docs/reference/errors.md has every code that the source can throw or warn with, and no other.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./typescript.js";

function sourcesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !/\.test(-support)?\.ts$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] as string);

/** Where each family of codes is declared. */
const declared = [
  ...["src/rpc/errors.ts", "src/binding/errors.ts", "src/peer/failures.ts"].flatMap((path) =>
    found(read(path), /"(RPC_[A-Z_]+)"/g),
  ),
  ...found(read("src/xdr/errors.ts"), /"(XDR_[A-Z_]+)"/g),
  ...found(read("src/dce/ndr/errors.ts"), /"(NDR_[A-Z_]+)"/g),
  ...found(read("src/transport/errors.ts"), /"(TRANSPORT_[A-Z_]+)"/g),
  ...found(read("src/directory/errors.ts"), /"(DIRECTORY_[A-Z_]+)"/g),
  ...found(read("src/messaging/errors.ts"), /"(MAILBOX_[A-Z_]+)"/g),
];

/** Codes where errors are made and warnings given. */
function made(): string[] {
  const sources = sourcesUnder("src");
  const errors = /new (?:Rpc\w*|\w+Error)\(\s*"([A-Z][A-Z_]+)"/g;
  return sources.flatMap((text) => [
    ...found(text, errors),
    ...found(text, /(?:code: |warn\(\s*)"([A-Z]+_[A-Z_]+|UNEXPECTED)"/g),
    ...found(text, /"(LUPINE_[A-Z]+_[A-Z]+|LUPINE_(?:DISPLACED|TROUBLE))"/g),
  ]);
}

const listed = found(read("docs/reference/errors.md"), /^\| `([A-Z_]+)` \|/gm);

test("every code of the source is in the page of errors", () => {
  const codes = new Set([...declared, ...made()]);
  assert.ok(codes.size > 60, `${codes.size} codes`);
  assert.deepEqual([...codes].filter((code) => !listed.includes(code)).sort(), []);
});

test("the page of errors has no code twice, and none that the source does not have", () => {
  const everything = sourcesUnder("src").join("\n");
  assert.equal(new Set(listed).size, listed.length);
  assert.deepEqual(
    listed.filter((code) => !everything.includes(`"${code}"`)),
    [],
  );
});

test("may-have-run.md says of every code of a call or message whether it may have run", () => {
  const page = read("docs/reference/may-have-run.md");
  const codes = new Set([...declared, ...made()].filter((code) => /^(?:RPC|MAILBOX)_/.test(code)));
  assert.ok(codes.size > 20, `${codes.size} codes`);
  assert.deepEqual([...codes].filter((code) => !page.includes(`\`${code}\``)).sort(), []);
});
