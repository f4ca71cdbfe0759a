// What an editor changes: diagnostics while typing, rename, formatting; and the life of the server from start to end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "lupine/idl";
import { until } from "../support/waiting.js";
import { applied, Editor, edit, type ProtocolError, processLink, type Range, textIn } from "./client.js";

const range = (line: number, from: number, to: number): Range => ({
  start: { line, character: from },
  end: { line, character: to },
});

interface Edit {
  readonly range: Range;
  readonly newText: string;
}
interface WorkspaceEdit {
  readonly changes?: Readonly<Record<string, readonly Edit[]>>;
  readonly documentChanges?: readonly {
    textDocument: { uri: string; version: number | null };
    edits: readonly Edit[];
  }[];
}

test("errors and the linter's warnings come with their range, code, hint and related places", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  editor.open(file, "struct s { foo a; };\nstruct s { int b; };\n");
  const found = await editor.diagnostics(file);
  assert.deepEqual(
    found.map(({ range: where, severity, code }) => [where, severity, code]),
    [
      [range(0, 11, 14), 1, "undefined-name"],
      [range(1, 7, 8), 1, "duplicate-name"],
    ],
  );
  assert.match(found[0]?.message as string, /the type foo is not defined\n./);
  assert.deepEqual(found[1]?.relatedInformation?.[0]?.location, { uri: file, range: range(0, 7, 8) });
  editor.open(uri("b.x"), "typedef opaque blob<>;\nprogram P { version V { void A(blob) = 1; } = 1; } = 0x20000001;\n");
  const warned = await editor.diagnostics(uri("b.x"));
  assert.ok(warned.some(({ code, severity }) => code === "unbounded" && severity === 2));
});

test("each state that stays a moment is checked once, under its version; those typed over are not", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  editor.open(file, "const A = 1;\n");
  await editor.diagnostics(file, 1);
  let version = 1;
  for (const [at, sign] of [..."const B = C;"].entries())
    version = editor.change(file, { range: range(1, at, at), text: sign });
  const found = await editor.diagnostics(file, version);
  assert.deepEqual(
    found.map(({ range: where, code }) => [where, code]),
    [[range(1, 10, 11), "undefined-name"]],
  );
  const versions = editor.published(file).map((one) => one.version);
  assert.ok(versions.length <= 4, `published ${versions}`);
  assert.deepEqual(versions, [...versions].sort());
  const repaired = editor.change(file, { range: range(1, 10, 11), text: "A" });
  assert.deepEqual(await editor.diagnostics(file, repaired), []);
});

test("a change in an included file, open or on disk, is seen in the file that includes it", async (t) => {
  const { editor, uri } = await edit(t, { "base.x": "typedef int one;\n" });
  editor.open(uri("main.x"), '#include "base.x"\nstruct m { one a; };\n');
  assert.deepEqual(
    (await editor.diagnostics(uri("main.x"))).filter(({ severity }) => severity === 1),
    [],
  );
  editor.open(uri("base.x"), "typedef int one;\n");
  await editor.diagnostics(uri("base.x"));
  editor.change(uri("base.x"), { text: "typedef int other;\n" });
  await until(
    () => editor.published(uri("main.x")).at(-1)?.diagnostics.length !== 0,
    () => "diagnostics of the file that includes it",
  );
  const last = editor.published(uri("main.x")).at(-1);
  assert.deepEqual(
    last?.diagnostics.map(({ range: where, code }) => [where, code]),
    [[range(1, 11, 14), "undefined-name"]],
  );
});

test("errors of an included file are told where it is included, with their places", async (t) => {
  const { editor, uri } = await edit(t, { "base.x": "typedef nothing one;\n" });
  editor.open(uri("main.x"), '#include "base.x"\nstruct m { one a; };\n');
  const [found, ...more] = (await editor.diagnostics(uri("main.x"))).filter(({ severity }) => severity === 1);
  assert.deepEqual(more, []);
  assert.deepEqual([found?.range, found?.code], [range(0, 10, 16), "included-errors"]);
  assert.deepEqual(found?.relatedInformation?.[0]?.location, { uri: uri("base.x"), range: range(0, 8, 15) });
});

test("closing a file takes its diagnostics away", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  editor.open(file, "nonsense");
  assert.notDeepEqual(await editor.diagnostics(file), []);
  editor.close(file);
  await editor.of("documentSymbol", file);
  assert.deepEqual(editor.published(file).at(-1)?.diagnostics, []);
});

test("a rename changes every use, through includes, and what the files compile to but for the name", async (t) => {
  const base = "const N = 4;\ntypedef int size;\nenum e { ONE = N, TWO };\n";
  const main =
    '#include "base.x"\nstruct m { size a[N]; };\nunion u switch (e which) { case ONE: size b; case TWO: void; };\n';
  const { editor, uri } = await edit(t, { "base.x": base, "main.x": main });
  editor.open(uri("main.x"), main);
  const renamed = async (line: number, character: number, newName: string): Promise<[string, string]> => {
    const { changes = {} } = await editor.at<WorkspaceEdit>("rename", uri("main.x"), { line, character }, { newName });
    return [applied(base, changes[uri("base.x")] ?? []), applied(main, changes[uri("main.x")] ?? [])];
  };
  const compiled = ([first, second]: readonly [string, string]): string => {
    const resolveInclude = (): { file: string; text: string } => ({ file: "base.x", text: first });
    const { module, diagnostics } = compileInterface({ file: "main.x", text: second, resolveInclude });
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === "error"),
      [],
    );
    const plain = (key: string, value: unknown): unknown =>
      /^(?:span|close|whole|numberSpan)$/.test(key) ? undefined : typeof value === "bigint" ? `${value}` : value;
    return JSON.stringify(module?.definitions, plain);
  };
  for (const [line, character, from, to] of [
    [1, 12, "size", "length_t"],
    [1, 18, "N", "COUNT"],
    [2, 32, "ONE", "FIRST"],
    [2, 16, "e", "kinds"],
  ] as const) {
    const after = compiled(await renamed(line, character, to));
    assert.equal(after, compiled([base, main]).replaceAll(`"${from}"`, `"${to}"`), `${from} to ${to}`);
    assert.ok(after.includes(`"${to}"`));
  }
});

test("a rename is refused for a name that is none, is a word of the language, or is taken, saying where", async (t) => {
  const { editor, uri } = await edit(t, { "base.x": "typedef int size;\n" });
  const file = uri("main.x");
  editor.open(file, '#include "base.x"\nstruct m { int a; int b; };\nstruct n { m x; };\n');
  const refused = (newName: string, line = 1, character = 7): Promise<string> =>
    editor.at("rename", file, { line, character }, { newName }).then(
      () => "",
      (error: ProtocolError) => `${error.code}: ${error.message}`,
    );
  assert.match(await refused("9a"), /^-32803: "9a" is not a name/);
  assert.match(await refused("a b"), /is not a name/);
  assert.match(await refused("switch"), /switch is a word of the language/);
  assert.match(await refused("uint32_t"), /is built in and has no declaration/);
  assert.match(await refused("n"), /n is taken: the struct of that name is declared at .*main\.x:3/);
  assert.match(await refused("size"), /size is taken: the typedef of that name is declared at .*base\.x:1/);
  assert.match(await refused("b", 1, 15), /b is taken: the field/);
  assert.equal(await refused("x", 1, 15), "");
});

test("what can be renamed is told beforehand; what is declared outside of the open folders cannot", async (t) => {
  const other = await edit(t, { "far.x": "typedef int far;\n" });
  const { editor, uri } = await edit(t);
  const file = uri("main.x");
  editor.open(file, `#include "${other.folder}/far.x"\nstruct m { far a; };\n`);
  assert.deepEqual(await editor.at("prepareRename", file, { line: 1, character: 16 }), range(1, 15, 16));
  assert.equal(await editor.at("prepareRename", file, { line: 1, character: 1 }), null);
  await assert.rejects(editor.at("prepareRename", file, { line: 1, character: 12 }), /outside of the folders/);
  await assert.rejects(
    editor.at("rename", file, { line: 1, character: 12 }, { newName: "z" }),
    /outside of the folders/,
  );
});

test("an editor that knows versions gets edits for the version that they are for", async (t) => {
  const { editor, uri } = await edit(t, {}, { workspace: { workspaceEdit: { documentChanges: true } } });
  const file = uri("a.x");
  editor.open(file, "typedef int a;\n");
  editor.change(file, { text: "typedef int a;\nstruct s { a b; };\n" });
  const { documentChanges } = await editor.at<WorkspaceEdit>(
    "rename",
    file,
    { line: 0, character: 12 },
    { newName: "c" },
  );
  assert.deepEqual(documentChanges, [
    {
      textDocument: { uri: file, version: 2 },
      edits: [
        { range: range(0, 12, 13), newText: "c" },
        { range: range(1, 11, 12), newText: "c" },
      ],
    },
  ]);
});

test("formatting gives what lupine fmt gives, by one edit of the lines that change", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  const text = "const A = 1;\r\nstruct s{\r\nint a;};\r\nconst B = 2;\r\n";
  editor.open(file, text);
  const edits = await editor.of<Edit[]>("formatting", file, { options: { tabSize: 2, insertSpaces: true } });
  const after = applied(text, edits);
  assert.equal(after, "const A = 1;\r\n\r\nstruct s {\r\n  int a;\r\n};\r\n\r\nconst B = 2;\r\n");
  assert.equal(edits.length, 1);
  assert.ok(!textIn(text, edits[0]?.range as Range).includes("const A"));
  editor.change(file, { text: after });
  assert.deepEqual(await editor.of("formatting", file, { options: {} }), []);
});

test("a file with errors of syntax is not formatted, one with other errors is", async (t) => {
  const { editor, uri } = await edit(t);
  editor.open(uri("a.x"), "struct s{ int a };");
  assert.deepEqual(await editor.of("formatting", uri("a.x"), { options: {} }), []);
  editor.open(uri("b.x"), "struct s{ what a; };");
  assert.equal((await editor.of<Edit[]>("formatting", uri("b.x"), { options: {} })).length, 1);
});

test("a question about a place that is gone, or a file that is not open, is answered with nothing", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  editor.open(file, "typedef int a;\nstruct s { a b; };\n");
  editor.change(file, { text: "" });
  for (const position of [
    { line: 1, character: 11 },
    { line: 10_000, character: 10_000 },
    { line: -1, character: -1 },
  ]) {
    assert.equal(await editor.at("hover", file, position), null);
    assert.equal(await editor.at("definition", file, position), null);
    assert.deepEqual(await editor.at("references", file, position, { context: { includeDeclaration: true } }), []);
    assert.equal(await editor.at("rename", file, position, { newName: "x" }), null);
  }
  assert.equal(await editor.at("hover", uri("none.x"), { line: 0, character: 0 }), null);
  assert.deepEqual(await editor.of("documentSymbol", uri("none.x")), []);
});

test("a file that was never saved is served too", async (t) => {
  const { editor } = await edit(t);
  editor.open("untitled:Untitled-1", "typedef int a;\nstruct s { a b; };\n");
  assert.deepEqual(await editor.at("definition", "untitled:Untitled-1", { line: 1, character: 11 }), {
    uri: "untitled:Untitled-1",
    range: range(0, 12, 13),
  });
});

test("an include folder is given with -I, and Latin-1 files are read", async (t) => {
  const { folder } = await edit(t, { "deep.x": Buffer.from("/* caf\xe9 */ typedef int deep;\n", "latin1") });
  const editor = new Editor(processLink(["lsp", "--stdio", "-I", folder]));
  t.after(() => editor.link.process.kill());
  await editor.initialize();
  editor.open("file:///nowhere/a.x", "#include <deep.x>\nstruct s { deep a; };\n");
  assert.deepEqual(
    (await editor.diagnostics("file:///nowhere/a.x")).filter(({ severity }) => severity === 1),
    [],
  );
  const { range: where } = await editor.at<{ range: Range }>("definition", "file:///nowhere/a.x", {
    line: 1,
    character: 12,
  });
  assert.deepEqual(where, range(0, 23, 27));
});

test("what the server can do is told at the start; it ends with 0 after shutdown, and says nothing else on stdout", async () => {
  const editor = new Editor(processLink());
  const { capabilities } = await editor.initialize();
  for (const name of [
    "hover",
    "definition",
    "references",
    "rename",
    "completion",
    "documentFormatting",
    "documentSymbol",
    "foldingRange",
  ]) {
    assert.ok(capabilities[`${name}Provider`], name);
  }
  assert.equal(capabilities["positionEncoding"], "utf-16");
  const again = editor.request("initialize", { processId: null, rootUri: null, capabilities: {} });
  await assert.rejects(again, (error: ProtocolError) => error.code === -32600);
  await editor.request("shutdown");
  await assert.rejects(editor.of("documentSymbol", "file:///a.x"), (error: ProtocolError) => error.code === -32600);
  editor.notify("exit");
  assert.equal(await editor.ended, 0);
  assert.equal(editor.noise, "");
  assert.equal(editor.stderr, "");
});

test("exit without shutdown, and an editor that goes away, end the server with 1; Ctrl-C with 130", async () => {
  const told = new Editor(processLink());
  await told.initialize();
  told.notify("exit");
  assert.equal(await told.ended, 1);
  const left = new Editor(processLink());
  await left.initialize();
  left.link.input.end();
  assert.equal(await left.ended, 1);
  const interrupted = new Editor(processLink());
  await interrupted.initialize();
  interrupted.link.process.kill("SIGINT");
  assert.equal(await interrupted.ended, 130);
});

test("a question before initialize is refused, and one that is not known too, and the server lives on", async (t) => {
  const editor = new Editor(processLink());
  t.after(() => editor.link.process.kill());
  await assert.rejects(editor.of("documentSymbol", "file:///a.x"), (error: ProtocolError) => error.code === -32002);
  await editor.initialize();
  await assert.rejects(editor.request("textDocument/nonsense", {}), (error: ProtocolError) => error.code === -32601);
  editor.open("file:///a.x", "const A = 1;\n");
  assert.deepEqual(await editor.diagnostics("file:///a.x"), []);
  assert.equal(await editor.shutDown(), 0);
});

test("a question that is taken back is answered as such or as if it had not been", async (t) => {
  const { editor, uri } = await edit(t);
  editor.open(uri("a.x"), "typedef int a;\n");
  const asked = editor.of("documentSymbol", uri("a.x")).then(
    () => 0,
    (error: ProtocolError) => error.code,
  );
  editor.notify("$/cancelRequest", { id: editor.nextId - 1 });
  assert.ok([0, -32800].includes(await asked));
});

test("without --stdio nothing is started", async () => {
  const editor = new Editor(processLink(["lsp"]));
  assert.equal(await editor.ended, 2);
  assert.match(editor.stderr, /lupine lsp --stdio/);
});

test("a keystroke in a file of 10,000 lines is answered, and the last state is checked", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("large.x");
  const structs = Array.from(
    { length: 1666 },
    (_, i) => `struct s${i} {\n  int a;\n  hyper b;\n  string c<${i}>;\n  ${i === 0 ? "int" : `s${i - 1}`} *d;\n};\n`,
  );
  editor.open(file, `const FIRST = 1;\n${structs.join("")}`);
  await editor.diagnostics(file);
  let version = 1;
  const answers = [..."int x["].map((sign) => {
    version = editor.change(file, { range: range(2, 2, 2), text: sign });
    return editor.at<unknown[]>("completion", file, { line: 2, character: 3 });
  });
  const last = version;
  assert.equal((await Promise.all(answers)).length, 6);
  assert.notEqual(await editor.diagnostics(file, last), []);
});

test("the arguments that clients of the VS Code family add are taken", async (t) => {
  const editor = new Editor(processLink(["lsp", "--stdio", `--clientProcessId=${process.pid}`, "-DWIDE=1"]));
  t.after(() => editor.link.process.kill());
  await editor.initialize();
  editor.open("file:///a.x", "#ifdef WIDE\ntypedef hyper t;\n#endif\nstruct s { t a; };\n");
  assert.deepEqual(
    (await editor.diagnostics("file:///a.x")).filter(({ severity }) => severity === 1),
    [],
  );
  assert.equal(await editor.shutDown(), 0);
});
