// What an editor asks for beside the everyday questions: fixes, tokens, hints, signatures, types, symbols, pulled diagnostics.
import assert from "node:assert/strict";
import { test } from "node:test";
import { thoroughTest } from "../support/count-of.js";
import {
  applied,
  type Diagnostic,
  type Editor,
  edit,
  marked,
  type ProtocolError,
  type Range,
  textIn,
} from "./client.js";

interface Edit {
  readonly range: Range;
  readonly newText: string;
}
interface Action {
  readonly title: string;
  readonly kind: string;
  readonly isPreferred?: boolean;
  readonly diagnostics?: readonly Diagnostic[];
  readonly edit: {
    readonly changes?: Readonly<Record<string, readonly Edit[]>>;
    readonly documentChanges?: readonly { textDocument: { version: number | null }; edits: readonly Edit[] }[];
  };
}

const whole: Range = { start: { line: 0, character: 0 }, end: { line: 10_000, character: 0 } };
const literals = { textDocument: { codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } } } };

function actions(editor: Editor, file: string, range = whole, only?: readonly string[]): Promise<Action[]> {
  const context = { diagnostics: [], ...(only === undefined ? {} : { only }) };
  return editor.of<Action[]>("codeAction", file, { range, context });
}

test("a misspelt name can be changed to the one that is meant, by an action that names its diagnostic", async (t) => {
  const { editor, uri } = await edit(t, {}, literals);
  const file = uri("a.x");
  const text = "struct point {\n  strin name<>;\n};\n";
  editor.open(file, text);
  const [action] = await actions(editor, file);
  assert.deepEqual([action?.title, action?.kind, action?.isPreferred], ["Change to `string`", "quickfix", true]);
  assert.equal(action?.diagnostics?.[0]?.code, "undefined-name");
  assert.equal(applied(text, action?.edit.changes?.[file] ?? []), text.replace("strin ", "string "));
  const elsewhere = { start: { line: 0, character: 0 }, end: { line: 0, character: 3 } };
  assert.deepEqual(await actions(editor, file, elsewhere), []);
  assert.deepEqual(await actions(editor, file, whole, ["refactor"]), []);
});

test("an action for an editor that knows versions is for the version that it was asked of", async (t) => {
  const versions = { ...literals, workspace: { workspaceEdit: { documentChanges: true } } };
  const { editor, uri } = await edit(t, {}, versions);
  editor.open(uri("a.x"), "");
  editor.change(uri("a.x"), { text: "struct s { strin name<>; };\n" });
  const [action] = await actions(editor, uri("a.x"));
  assert.equal(action?.edit.documentChanges?.[0]?.textDocument.version, 2);
});

test("a finding of the linter can be silenced by a comment, and all safe fixes made at once", async (t) => {
  const { editor, uri } = await edit(t, {}, literals);
  const file = uri("a.x");
  const text = "const A = 0X1F;\nenum e { B, };\nstruct s {\n  long long c;\n};\n";
  editor.open(file, text);
  const [all] = await actions(editor, file, whole, ["source.fixAll"]);
  assert.equal(all?.kind, "source.fixAll.lupine");
  assert.equal(
    applied(text, all?.edit.changes?.[file] ?? []),
    "const A = 0x1F;\nenum e { B };\nstruct s {\n  hyper c;\n};\n",
  );
  const quiet = (await actions(editor, file)).find(({ title }) => title.startsWith("Silence rpcgen-cannot-read"));
  const silenced = applied(text, quiet?.edit.changes?.[file] ?? []);
  assert.equal(silenced, `/* lupine-ignore rpcgen-cannot-read: reason */\n${text}`);
});

for (const [what, code, text] of [
  ["a comment with //", "rpcgen-cannot-read", "const A = 1;\n// one\nconst B = 2; // two\n"],
  ["a comment with // at the end of a file", "rpcgen-cannot-read", "const A = 1;\n// one\n"],
  ["a comment in a comment", "comment-in-comment", "/* one\n/* two */\nconst A = 1;\n"],
  [
    "a comment that begins on the last line of another",
    "comment-in-comment",
    "/* a\n b */ /* c\n/* d */\nconst A = 1;\n",
  ],
] as const) {
  test(`the action that silences the finding silences it for ${what}`, async (t) => {
    const { editor, uri } = await edit(t, {}, literals);
    editor.open(uri("a.x"), text);
    const quiet = (await actions(editor, uri("a.x"))).find(({ title }) => title.startsWith(`Silence ${code}`));
    const silenced = applied(text, quiet?.edit.changes?.[uri("a.x")] ?? []);
    assert.equal(silenced.length > text.length, true);
    editor.open(uri("b.x"), silenced);
    const left = await actions(editor, uri("b.x"));
    assert.deepEqual(
      left.map(({ title }) => title).filter((title) => title.includes(code)),
      [],
    );
  });
}

const creating = {
  ...literals,
  workspace: { workspaceEdit: { documentChanges: true, resourceOperations: ["create"] } },
};
const text32 = "struct pupil { char name[32]; };\n";

for (const [config, before, after] of [
  ["lupine.config.json", "{}", '{ "types": { "pupil.name": { "char": "text" } } }'],
  [
    "lupine.config.json",
    '{\n  "types": {\n    "a": {}\n  }\n}\n',
    '{\n  "types": { "pupil.name": { "char": "text" },\n    "a": {}\n  }\n}\n',
  ],
  [
    "lupine.config.mjs",
    "export default { out: 'gen' };\n",
    `export default { types: { "pupil.name": { char: "text" } }, out: 'gen' };\n`,
  ],
  [
    "lupine.config.ts",
    'import { defineConfig } from "lupine/codegen";\n\nexport default defineConfig({ types: {} });\n',
    'import { defineConfig } from "lupine/codegen";\n\nexport default defineConfig({ types: { "pupil.name": { char: "text" } } });\n',
  ],
] as const) {
  test(`char=text is written into ${config}: ${JSON.stringify(before)}`, async (t) => {
    const { editor, uri } = await edit(t, { "package.json": "{}", "a.x": text32, [config]: before }, literals);
    editor.open(uri("a.x"), text32);
    const found = (await actions(editor, uri("a.x"))).find(({ title }) => title.startsWith("Map "));
    assert.equal(found?.title, `Map pupil.name to text in ${config}`);
    assert.equal(applied(before, found.edit.changes?.[uri(config)] ?? []), after);
  });
}

test("char=text has no action where the field has options already, and makes a configuration where there is none", async (t) => {
  const title = "Map pupil.name to text in lupine.config.json";
  const given = { "lupine.config.json": '{ "types": { "pupil.name": { "char": "latin1" } } }', "a.x": text32 };
  const one = await edit(t, given, creating);
  one.editor.open(one.uri("a.x"), "struct pupil { char name[32]; };\ntypedef char more[2];\n");
  const titles = (await actions(one.editor, one.uri("a.x"))).map((each) => each.title);
  assert.deepEqual(
    titles.filter((each) => each.startsWith("Map ")),
    ["Map more to text in lupine.config.json"],
  );
  const two = await edit(t, { "package.json": "{}", "a.x": text32 }, creating);
  two.editor.open(two.uri("a.x"), text32);
  const made = (await actions(two.editor, two.uri("a.x"))).find((each) => each.title === title);
  const [create, write] = (made?.edit.documentChanges ?? []) as unknown as [unknown, { edits: readonly Edit[] }];
  assert.deepEqual(create, {
    kind: "create",
    uri: two.uri("lupine.config.json"),
    options: { ignoreIfExists: true },
  });
  assert.equal(applied("", write.edits), '{\n  "types": { "pupil.name": { "char": "text" } }\n}\n');
});

test("the method that a procedure has because of another one is written into the configuration", async (t) => {
  const text = "program CALC_PROG { version V { int ADD(int) = 1; int CALC_ADD(int) = 2; } = 1; } = 0x20000001;\n";
  const config = '{ "procedures": {} }';
  const { editor, uri } = await edit(t, { "a.x": text, "lupine.config.json": config }, literals);
  editor.open(uri("a.x"), text);
  const found = (await actions(editor, uri("a.x"))).find(({ title }) => title.startsWith("Keep "));
  assert.equal(found?.title, "Keep the method calcAdd of CALC_PROG.CALC_ADD in lupine.config.json");
  const after = applied(config, found.edit.changes?.[uri("lupine.config.json")] ?? []);
  assert.equal(after, '{ "procedures": { "CALC_PROG.CALC_ADD": { "method": "calcAdd" } } }');
});

test("an interface that is missing can be created, by an editor that creates files", async (t) => {
  for (const [client, expected] of [
    [creating, ["Create types.x"]],
    [literals, []],
  ] as const) {
    const { editor, uri } = await edit(t, {}, client);
    editor.open(uri("a.x"), '#include "types.x"\n');
    const titles = (await actions(editor, uri("a.x"))).map(({ title }) => title);
    assert.deepEqual(
      titles.filter((title) => title.startsWith("Create")),
      expected,
    );
  }
});

test("an editor that takes commands alone is offered no actions, and one without snippets gets words", async (t) => {
  const { editor, uri, offered } = await edit(t);
  assert.equal(offered["codeActionProvider"], undefined);
  editor.open(uri("a.x"), "\n");
  const items = await editor.at<{ kind: number }[]>("completion", uri("a.x"), { line: 0, character: 0 });
  assert.ok(items.length > 0 && items.every(({ kind }) => kind === 14));
});

test("snippets complete to definitions that compile", async (t) => {
  const capable = { textDocument: { completion: { completionItem: { snippetSupport: true } } } };
  const { editor, uri } = await edit(t, {}, capable);
  const file = uri("a.x");
  editor.open(file, "\n");
  interface Item {
    readonly label: string;
    readonly insertText?: string;
    readonly insertTextFormat?: number;
  }
  const filled = ({ insertText = "" }: Item): string => {
    let text = insertText.replace("$0", "");
    while (/\$\{\d:/.test(text)) text = text.replace(/\$\{\d:([^${}]*)\}/g, "$1");
    return text;
  };
  const items = await editor.at<Item[]>("completion", file, { line: 0, character: 0 });
  const snippets = items.filter(({ insertTextFormat }) => insertTextFormat === 2);
  assert.deepEqual(snippets.map(({ label }) => label).toSorted(), [
    "const",
    "enum",
    "program",
    "struct",
    "typedef",
    "union",
  ]);
  for (const [at, one] of snippets.entries()) {
    const version = editor.change(file, { text: `${filled(one)}\n` });
    const errors = (await editor.diagnostics(file, version)).filter(({ severity }) => severity === 1);
    assert.deepEqual(errors, [], `${at} ${filled(one)}`);
  }
  const { text, marks } = marked("program P {\n  |\n} = 0x20000001;\n");
  editor.change(file, { text });
  const inside = await editor.at<Item[]>("completion", file, marks[0] as never);
  assert.match(inside.find(({ insertTextFormat }) => insertTextFormat === 2)?.insertText ?? "", /^version \$\{1:/);
});

test("semantic tokens say what each word is, of the whole file and of a range", async (t) => {
  const { editor, uri } = await edit(t);
  const { capabilities } = await editor
    .request<{ capabilities: Record<string, never> }>("initialize", { capabilities: {} })
    .catch(() => ({ capabilities: {} as Record<string, never> }));
  const file = uri("a.x");
  const text = "/* two\n lines */\nconst N = 3;\nenum e { A };\nunion u switch (e k) { case A: uint32_t x[N]; };\n";
  editor.open(file, text);
  const types = [
    ...["namespace", "type", "enum", "enumMember", "struct", "class", "interface", "method", "property", "parameter"],
    ...["variable", "macro", "keyword", "comment", "string", "number"],
  ];
  const read = (data: readonly number[]): string[] => {
    const found: string[] = [];
    let [line, character] = [0, 0];
    for (let at = 0; at < data.length; at += 5) {
      const [down = 0, right = 0, length = 0, type = 0, modifiers = 0] = data.slice(at, at + 5);
      [line, character] = [line + down, down === 0 ? character + right : right];
      const range = { start: { line, character }, end: { line, character: character + length } };
      found.push(`${textIn(text, range)}: ${types[type]}${modifiers === 0 ? "" : ` ${modifiers}`}`);
    }
    return found;
  };
  const legend = (capabilities["semanticTokensProvider"] as { legend?: { tokenTypes: string[] } } | undefined)?.legend;
  if (legend !== undefined) assert.deepEqual(legend.tokenTypes, types);
  const { data } = await editor.of<{ data: number[] }>("semanticTokens/full", file);
  assert.deepEqual(read(data), [
    ...["/* two: comment", " lines */: comment", "const: keyword", "N: variable 3", "3: number"],
    ...["enum: keyword", "e: enum 1", "A: enumMember 3", "union: keyword", "u: struct 1", "switch: keyword"],
    ...["e: enum", "k: property 1", "case: keyword", "A: enumMember 2", "uint32_t: keyword 4", "x: property 1"],
    "N: variable 2",
  ]);
  const range = { start: { line: 3, character: 0 }, end: { line: 3, character: 13 } };
  const part = await editor.of<{ data: number[] }>("semanticTokens/range", file, { range });
  assert.deepEqual(read(part.data).slice(-3), ["enum: keyword", "e: enum 1", "A: enumMember 3"]);
});

test("inlay hints give members their numbers and fields their places", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  const text =
    "enum e { A, B = 7, C };\nstruct s {\n  int a;\n  hyper b;\n  string c<5>;\n  int d;\n  opaque f<>;\n};\n";
  editor.open(file, text);
  interface Hint {
    readonly position: { line: number; character: number };
    readonly label: string;
  }
  const hints = await editor.of<Hint[]>("inlayHint", file, { range: whole });
  assert.deepEqual(
    hints.map(({ position: { line, character }, label }) => `${line}:${character} ${label}`),
    [
      ...["0:10 = 0", "0:20 = 8", "2:8 at 0: 4", "3:10 at 4: 8", "4:14 at 12: 4 to 12", "5:8 from 16: 4"],
      "6:13 from 20: 4 or more",
    ],
  );
  const one = { start: { line: 3, character: 0 }, end: { line: 3, character: 20 } };
  assert.equal((await editor.of<Hint[]>("inlayHint", file, { range: one })).length, 1);
});

test("a file with errors has inlay hints in the definitions that do not depend on them", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  const text =
    "enum e { A, B };\nstruct broken { int; };\nenum wrong { C = nowhere, D };\nstruct s { int a; hyper b; };\nstruct user { broken b; int c; };\nstruct caller { user u; int d[D]; };\n";
  editor.open(file, text);
  const hints = await editor.of<{ position: { line: number }; label: string }[]>("inlayHint", file, { range: whole });
  assert.deepEqual(
    hints.map(({ position: { line }, label }) => `${line} ${label}`),
    ["0 = 0", "0 = 1", "3 at 0: 4", "3 at 4: 8"],
  );
});

test("a range of a file with a syntax error is formatted where the definitions parse", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  const text = [
    "struct  a{int x;/* one */",
    "int y;};",
    "struct  b { int ; };",
    "program P{version V{int F( int )=1;}=1;}=0x20000001;",
    "struct  c { int  x ;",
    "struct  d { int  x ; };",
    "",
  ].join("\n");
  editor.open(file, text);
  const formatted = await editor.of<Edit[]>("rangeFormatting", file, { range: whole, options: {} });
  assert.equal(
    applied(text, formatted),
    [
      "struct a {",
      "  int x; /* one */",
      "  int y;",
      "};",
      "struct  b { int ; };",
      "program P {",
      "  version V {",
      "    int F(int) = 1;",
      "  } = 1;",
      "} = 0x20000001;",
      "struct  c { int  x ;",
      "struct d {",
      "  int x;",
      "};",
      "",
    ].join("\n"),
  );
  const line = { start: { line: 3, character: 0 }, end: { line: 3, character: 5 } };
  assert.equal((await editor.of<Edit[]>("rangeFormatting", file, { range: line, options: {} })).length, 1);
});

test("signature help shows the parameters of a macro, a discriminant, and the arguments of a procedure", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  const { text, marks } = marked(
    "#define PAIR(low, high) int low; int high\nstruct s { PAIR(a, |b); };\nunion u switch (|int k) { case 0: void; };\nprogram P { version V { int ADD(int a, |int b) = 1; } = 1; } = 0x20000001;|\n",
  );
  editor.open(file, text);
  interface Help {
    readonly signatures: readonly { label: string; parameters: readonly { label: [number, number] }[] }[];
    readonly activeParameter: number;
  }
  const shown: (string | null)[] = [];
  for (const mark of marks) {
    const help = await editor.at<Help | null>("signatureHelp", file, mark);
    const signature = help?.signatures[0];
    const [start, end] = signature?.parameters[help?.activeParameter ?? 0]?.label ?? [0, 0];
    shown.push(signature === undefined ? null : `${signature.label} > ${signature.label.slice(start, end)}`);
  }
  assert.deepEqual(shown, [
    "PAIR(low, high) > high",
    "union u switch (type name) > type name",
    "int ADD(type name1, type name2) = number > type name2",
    null,
  ]);
});

test("annotations are completed in comments, explained, and shown at their procedures", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  const { text, marks } = marked(
    "program P { version V {\n/** @id|\n * mail@|\n * @oneway| */\nvoid LO|G(int) = 1; } = 1; } = 0x20000001;\n",
  );
  editor.open(file, text);
  const [name, mail, oneway, procedure] = marks as [Range["start"], Range["start"], Range["start"], Range["start"]];
  interface Item {
    readonly label: string;
    readonly textEdit?: Edit;
  }
  const items = await editor.at<Item[]>("completion", file, name);
  assert.deepEqual(
    items.map(({ label, textEdit }) => [label, textEdit?.newText]),
    [
      ["@idempotent", "@idempotent"],
      ["@semantics CHOICE", "@semantics "],
      ["@oneway", "@oneway"],
      ["@stream", "@stream"],
      ["@inout ARGUMENT", "@inout "],
      ["@ref NODE", "@ref "],
      ["@since RELEASE", "@since "],
    ],
  );
  assert.equal(textIn(text, items[0]?.textEdit?.range as Range), "@id");
  assert.deepEqual(await editor.at("completion", file, mail), []);
  interface Shown {
    readonly contents: { readonly value: string };
  }
  assert.match(
    (await editor.at<Shown>("hover", file, oneway)).contents.value,
    /`@oneway`\n\nThe server sends no reply/,
  );
  assert.match((await editor.at<Shown>("hover", file, procedure)).contents.value, /one-way: the server sends no reply/);
});

test("the type of a field, an argument or a member is found, through an included file", async (t) => {
  const { editor, uri } = await edit(t, { "base.x": "typedef int size;\n" });
  const file = uri("main.x");
  const { text, marks } = marked(
    '#include "base.x"\nenum e { |A };\nstruct s { size |f; e g; };\nprogram P { version V { s |GET(e |x) = 1; } = 1; } = 0x20000001;\n',
  );
  editor.open(file, text);
  const found: string[] = [];
  for (const mark of marks) {
    const place = await editor.at<{ uri: string; range: Range }>("typeDefinition", file, mark);
    found.push(textIn(place.uri === file ? text : "typedef int size;\n", place.range));
  }
  assert.deepEqual(found, ["e", "size", "s", "e"]);
  assert.equal(await editor.at("typeDefinition", file, { line: 0, character: 2 }), null);
});

test("a range is formatted as the whole would be, and nothing else is touched", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  const text = "const   A = 1;\nstruct s{\nint a;\n     hyper   b;};\nconst   B = 2;\n";
  editor.open(file, text);
  const range = { start: { line: 2, character: 1 }, end: { line: 2, character: 2 } };
  const edits = await editor.of<Edit[]>("rangeFormatting", file, { range, options: {} });
  assert.equal(applied(text, edits), "const   A = 1;\nstruct s {\n  int a;\n  hyper b;\n};\nconst   B = 2;\n");
  const all = await editor.of<Edit[]>("rangeFormatting", file, { range: whole, options: {} });
  const formatted = await editor.of<Edit[]>("formatting", file, { options: {} });
  assert.equal(applied(text, all).trim(), applied(text, formatted).trim());
});

test("symbols of all files of the folder are found by letters of their names", async (t) => {
  const { editor, uri } = await edit(t, {
    "a.x": "struct kettle_state { int degrees; };\n",
    "b.rpcl": "enum boiler { KETTLE = 1 };\n",
  });
  editor.open(uri("c.x"), "const KETTLES = 3;\n");
  interface Symbol {
    readonly name: string;
    readonly containerName?: string;
    readonly location: { readonly uri: string };
  }
  const named = async (query: string): Promise<string[]> =>
    (await editor.request<Symbol[]>("workspace/symbol", { query })).map(({ name }) => name).toSorted();
  assert.deepEqual(await named("kettle"), ["KETTLE", "KETTLES", "kettle_state"]);
  assert.deepEqual(await named("ktst"), ["kettle_state"]);
  assert.deepEqual(await named("degr"), ["degrees"]);
  assert.equal((await named("")).length, 5);
  assert.deepEqual(await named("nothing"), []);
});

interface Report {
  readonly kind: string;
  readonly resultId?: string;
  readonly items?: readonly Diagnostic[];
}
interface WorkspaceReport {
  readonly items: readonly (Report & { readonly uri: string; readonly version: number | null })[];
}

const pulling = { textDocument: { diagnostic: {} }, workspace: { diagnostics: { refreshSupport: true } } };

test("an editor that pulls diagnostics gets them when it asks, once for each state, and none are pushed", async (t) => {
  const { editor, uri } = await edit(t, { "base.x": "typedef int one;\n" }, pulling);
  const file = uri("main.x");
  editor.open(file, '#include "base.x"\nstruct m { oen a; };\n');
  const first = await editor.of<Report>("diagnostic", file);
  assert.equal(first.kind, "full");
  assert.deepEqual(
    first.items?.filter(({ severity }) => severity === 1).map(({ code }) => code),
    ["undefined-name"],
  );
  const again = await editor.of<Report>("diagnostic", file, { previousResultId: first.resultId });
  assert.deepEqual(again, { kind: "unchanged", resultId: first.resultId });
  editor.open(uri("base.x"), "typedef int oen;\n");
  const changed = await editor.of<Report>("diagnostic", file, { previousResultId: first.resultId });
  assert.deepEqual([changed.kind, changed.items?.filter(({ severity }) => severity === 1)], ["full", []]);
  assert.deepEqual(editor.published(file), []);
  assert.deepEqual(await editor.of("diagnostic", uri("none.x")), { kind: "full", items: [] });
});

test("the diagnostics of all files are pulled, and asked for again they come when something has changed", async (t) => {
  const { editor, uri } = await edit(t, { "a.x": "struct s { foo a; };\n", "b.x": "const B = 1;\n" }, pulling);
  const ask = (previous: WorkspaceReport | undefined): Promise<WorkspaceReport> => {
    const previousResultIds = previous?.items.map(({ uri: of, resultId }) => ({ uri: of, value: resultId })) ?? [];
    return editor.request("workspace/diagnostic", { previousResultIds });
  };
  const first = await ask(undefined);
  const errors = ({ items }: WorkspaceReport, name: string): number | undefined =>
    items.find((one) => one.uri === uri(name))?.items?.filter(({ severity }) => severity === 1).length;
  assert.deepEqual([first.items.length, errors(first, "a.x"), errors(first, "b.x")], [2, 1, 0]);
  const later = ask(first);
  // It waits for news: other questions are answered meanwhile.
  assert.deepEqual(await editor.request("workspace/symbol", { query: "nothing" }), []);
  editor.open(uri("b.x"), "const B = C;\n");
  const second = await later;
  assert.equal(second.items.find((one) => one.uri === uri("a.x"))?.kind, "unchanged");
  assert.equal(errors(second, "b.x"), 1);
});

test("a file that lacks a type is checked again when a file beside it defines the type", async (t) => {
  const { editor, uri } = await edit(t, { "a.x": "struct s { foo a; };\n", "b.x": "const B = 1;\n" }, pulling);
  const severities = async (): Promise<(number | undefined)[]> => {
    const { items } = await editor.request<WorkspaceReport>("workspace/diagnostic", { previousResultIds: [] });
    return items.find((one) => one.uri === uri("a.x"))?.items?.map(({ severity }) => severity) ?? [];
  };
  assert.deepEqual(await severities(), [1]);
  editor.open(uri("b.x"), "struct foo { int a; };\n");
  assert.deepEqual(await severities(), [3], "a note that b.x is imported");
});

test("a request for all diagnostics that is taken back ends at once", async (t) => {
  const { editor } = await edit(t, { "a.x": "const A = 1;\n" }, pulling);
  const first = await editor.request<WorkspaceReport>("workspace/diagnostic", { previousResultIds: [] });
  const previousResultIds = first.items.map(({ uri, resultId }) => ({ uri, value: resultId }));
  const id = editor.nextId;
  const waiting = editor.request("workspace/diagnostic", { previousResultIds }).then(
    () => 0,
    (error: ProtocolError) => error.code,
  );
  editor.notify("$/cancelRequest", { id });
  const code = await waiting;
  assert.ok([0, -32800].includes(code), `${code}`);
  assert.equal(await editor.shutDown(), 0);
});

thoroughTest("tokens, hints and actions of a file of 10,000 lines come in linear time", async (t) => {
  const { editor, uri } = await edit(t, {}, literals);
  const file = uri("large.x");
  const structs = Array.from(
    { length: 2500 },
    (_, i) => `struct s${i} {\n  int a;\n  s${Math.max(0, i - 1)} *d;\n};\n`,
  );
  editor.open(file, structs.join(""));
  await editor.diagnostics(file);
  const { data } = await editor.of<{ data: number[] }>("semanticTokens/full", file);
  assert.ok(data.length / 5 >= 2500 * 6);
  assert.equal((await editor.of<unknown[]>("inlayHint", file, { range: whole })).length, 4999);
  assert.ok(Array.isArray(await actions(editor, file)));
});
