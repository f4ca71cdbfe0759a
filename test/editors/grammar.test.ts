// The TextMate grammar of the VS Code extension, run by the engine that VS Code has.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import textmate from "vscode-textmate";

const extension = new URL("../../../editors/vscode/", import.meta.url);
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, extension)), "utf8");

/** Required, not imported: its types want those of a browser. */
interface Oniguruma {
  loadWASM(bytes: Uint8Array): Promise<void>;
  readonly OnigScanner: new (patterns: string[]) => textmate.OnigScanner;
  readonly OnigString: new (text: string) => textmate.OnigString;
}

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma") as Oniguruma;

async function grammar(): Promise<textmate.IGrammar> {
  const wasm = require.resolve("vscode-oniguruma/release/onig.wasm");
  await oniguruma.loadWASM(readFileSync(wasm));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(read("syntaxes/xdr.tmLanguage.json"), "xdr.tmLanguage.json"),
  });
  const loaded = await registry.loadGrammar("source.xdr");
  assert.ok(loaded !== null);
  return loaded;
}

const loading = grammar();

/** Each piece of the text that is no blank, and its innermost scope. */
async function scopes(text: string): Promise<string[]> {
  const xdr = await loading;
  let stack = textmate.INITIAL;
  return text.split("\n").flatMap((line) => {
    const { tokens, ruleStack } = xdr.tokenizeLine(line, stack);
    stack = ruleStack;
    return tokens.flatMap(({ startIndex, endIndex, scopes: names }) => {
      const piece = line.slice(startIndex, endIndex).trim();
      return piece === "" ? [] : [`${piece} ${names.at(-1)?.replace(/\.xdr$/, "")}`];
    });
  });
}

async function scopeOf(text: string, piece: string): Promise<string | undefined> {
  const found = (await scopes(text)).find((one) => one.startsWith(`${piece} `));
  return found?.slice(piece.length + 1);
}

test("a definition has the scopes of its parts", async () => {
  assert.deepEqual(await scopes("struct intpair { unsigned hyper a; color *b<MAX>; };"), [
    "struct storage.type.struct",
    "intpair entity.name.type.struct",
    "{ punctuation.section",
    "unsigned storage.modifier",
    "hyper storage.type.built-in",
    "a variable.other",
    "; punctuation.terminator",
    "color entity.name.type.reference",
    "* keyword.operator.pointer",
    "b variable.other",
    "< punctuation.section",
    "MAX variable.other.constant",
    "> punctuation.section",
    "; punctuation.terminator",
    "} punctuation.section",
    "; punctuation.terminator",
  ]);
});

test("a union has its switch, cases and default", async () => {
  const union = "union u switch (bool ok) { case TRUE: int a; default: void; };";
  assert.equal(await scopeOf(union, "switch"), "keyword.control.switch");
  assert.equal(await scopeOf(union, "case"), "keyword.control.case");
  assert.equal(await scopeOf(union, "TRUE"), "constant.language.boolean");
  assert.equal(await scopeOf(union, "default"), "keyword.control.default");
  assert.equal(await scopeOf(union, "void"), "storage.type.built-in");
  assert.equal(await scopeOf("struct s { int default; };", "default"), "variable.other");
});

test("programs, versions and procedures are told apart, and end where they end", async () => {
  const program =
    "program ADD_PROG {\n  version ADD_VERS {\n    int ADD(intpair) = 1;\n  } = 1;\n} = 0x23451111;\nconst A = 017;";
  assert.equal(await scopeOf(program, "program"), "keyword.declaration.program");
  assert.equal(await scopeOf(program, "ADD_PROG"), "entity.name.namespace.program");
  assert.equal(await scopeOf(program, "ADD_VERS"), "entity.name.namespace.version");
  assert.equal(await scopeOf(program, "ADD"), "entity.name.function.procedure");
  assert.equal(await scopeOf(program, "0x23451111"), "constant.numeric.hex");
  assert.equal(await scopeOf(program, "A"), "variable.other.constant");
  assert.equal(await scopeOf(program, "017"), "constant.numeric.octal");
});

test("% lines are C's, with those they go on over, and no more", async () => {
  const text = '%#include "types.h"\n %struct a { \\\n  int b; };\nhyper c;';
  assert.equal(await scopeOf(text, '"types.h"'), "string.quoted.include");
  assert.equal(await scopeOf(text, "struct a {"), "meta.embedded.line.c");
  assert.equal(await scopeOf(text, "int b; };"), "meta.embedded.line.c");
  assert.equal(await scopeOf(text, "hyper"), "storage.type.built-in");
});

test("directives have their words, and end with their line", async () => {
  const text = "#ifdef RPC_HDR\n#define MAX (N + 1) /* so */\n#include <a.x>\n#endif\ntypedef int a;";
  assert.equal(await scopeOf(text, "#ifdef"), "keyword.control.directive.conditional");
  assert.equal(await scopeOf(text, "RPC_HDR"), "entity.name.function.preprocessor");
  assert.equal(await scopeOf(text, "#define"), "keyword.control.directive.define");
  assert.equal(await scopeOf(text, "MAX"), "entity.name.function.preprocessor");
  assert.equal(await scopeOf(text, "so"), "comment.block");
  assert.equal(await scopeOf(text, "<a.x>"), "string.quoted.include");
  assert.equal(await scopeOf(text, "typedef"), "keyword.declaration.typedef");
});

test("comments go over lines, and what stands in them is nothing else", async () => {
  const text = "/* struct a\n % int\n # define */ const B = 'b'; // enum c";
  assert.equal(await scopeOf(text, "struct a"), "comment.block");
  assert.equal(await scopeOf(text, "% int"), "comment.block");
  assert.equal(await scopeOf(text, "'b'"), "constant.character");
  assert.equal(await scopeOf(text, "// enum c"), "comment.line.double-slash");
});

test("no rule of the grammar is broken, and the manifest names files that are there", async () => {
  const manifest = JSON.parse(read("package.json")) as {
    main: string;
    contributes: { grammars: { path: string; scopeName: string }[]; languages: { configuration: string }[] };
  };
  const { grammars, languages } = manifest.contributes;
  const paths = [manifest.main, ...grammars.map(({ path }) => path), ...languages.map((one) => one.configuration)];
  for (const path of paths) assert.ok(read(path).length > 0, path);
  assert.equal(grammars[0]?.scopeName, "source.xdr");
  for (const { configuration } of languages) JSON.parse(read(configuration));
});
