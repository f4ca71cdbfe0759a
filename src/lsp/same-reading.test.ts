// The command and the language server read an interface alike: the same files behind it, the same diagnostics.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import type { Diagnostic } from "../idl/index.js";
import { Compilations } from "../project/compilations.js";
import { interfaceFiles } from "../project/interface-files.js";
import { type FindProject, projects } from "../project/project.js";
import { countOf } from "../testing/count-of.test-support.js";
import fc from "../testing/fast-check.test-support.js";
import { projectSettings } from "./project-settings.js";
import { SettingsStore } from "./settings.js";
import { uriOf } from "./source-file.js";
import { Workspace } from "./workspace.js";

type Tree = Readonly<Record<string, string>>;

/** Runs `work` in a folder with the files, all below `tree/`. */
async function withTree(tree: Tree, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-same-"));
  try {
    writeFileSync(join(folder, "package.json"), "{}");
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Reading {
  readonly sources: readonly string[];
  readonly diagnostics: readonly string[];
}

/** With absolute paths, however the files are called. */
function readingOf(sources: readonly { file: string }[], diagnostics: readonly Diagnostic[]): Reading {
  return {
    sources: sources.map(({ file }) => resolve(file)),
    // A file that includes itself under two names has its findings in the order of the names.
    diagnostics: diagnostics
      .map(
        ({ severity, code, span, message, hint = "" }) =>
          `${resolve(span.file)}:${span.line}:${span.column} ${severity} ${code}: ${withoutPaths(message)} ${withoutPaths(hint)}`,
      )
      .toSorted(),
  };
}

function withoutPaths(text: string): string {
  return text.replace(/[\w./-]*\/(?=[\w.]+)/g, "");
}

interface Run {
  readonly find: FindProject;
  readonly compilations: Compilations;
}

function newRun(): Run {
  return { find: projects(), compilations: new Compilations() };
}

/** @param run one of several files, which share what they import. */
async function asTheCommand(file: string, { find, compilations } = newRun()): Promise<Reading> {
  const { search } = await find(file);
  const { sources, diagnostics } = compilations.compile(file, search);
  return readingOf(sources, diagnostics);
}

interface Server {
  readonly settings: SettingsStore;
  readonly workspace: Workspace;
}

function newServer(): Server {
  const settings = new SettingsStore(projectSettings({}), () => true);
  return { settings, workspace: new Workspace(settings) };
}

async function asTheServer(file: string, isOpen: boolean, { settings, workspace } = newServer()): Promise<Reading> {
  await settings.prepare(file);
  if (isOpen) workspace.open(uriOf(file), readFileSync(file, "utf8"), 1);
  const { sources, diagnostics } = workspace.index(file)?.analysis ?? { sources: [], diagnostics: [] };
  return readingOf(sources, diagnostics);
}

const folders = ["", "include", "include/rpcsvc", "inc/include/rpcsvc", "inc/src/deep", "inc/rpcsvc", "src", "src/a/b"];
const names = ["types", "main", "other"];
const endings = [".x", ".x", ".rpcl", ".xdr", ".h"];

const path = fc
  .tuple(fc.constantFrom(...folders), fc.constantFrom(...names), fc.constantFrom(...endings))
  .map(([folder, name, ending]) => join(folder, name + ending));

const asked = fc
  .tuple(
    fc.constantFrom("", "rpcsvc/", "include/", "../", "b/"),
    fc.constantFrom(...names),
    fc.constantFrom(".x", ".h"),
  )
  .map((parts) => parts.join(""));

const line = fc.oneof(
  asked.map((name) => `#include "${name}"`),
  asked.map((name) => `%#include "${name}"`),
  asked.map((name) => `%#include <${name}>`),
  fc.constantFrom("A", "B", "C").map((name) => `struct ${name} { int a; };`),
  fc
    .constantFrom("A", "B", "C")
    .chain((one) => fc.constantFrom("D", "E", "F").map((name) => `typedef ${one} ${name};`)),
  fc.constantFrom("A", "SIZE").map((name) => `const ${name} = 3;`),
);

const config = fc
  .tuple(
    fc.constantFrom(...folders),
    fc.uniqueArray(fc.constantFrom("include", "inc/include", "../", "."), { maxLength: 2 }),
  )
  .map(
    ([folder, includeFolders]): Tree => ({
      [join(folder, "lupine.config.json")]: JSON.stringify({ includeFolders }),
    }),
  );

const trees = fc
  .tuple(
    fc.array(
      fc.tuple(
        path,
        fc.array(line, { maxLength: 4 }).map((lines) => `${lines.join("\n")}\n`),
      ),
      {
        minLength: 2,
        maxLength: 7,
      },
    ),
    fc.option(config, { nil: {} }),
  )
  .map(([files, more]): Tree => ({ ...Object.fromEntries(files), ...more }));

test("the command and the language server read random trees of files alike", async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.boolean(), async (tree, isOpen) => {
      await withTree(tree, async (folder) => {
        if (!Object.keys(tree).some((name) => /\.(x|xdr|rpcl)$/.test(name))) return;
        const [run, server] = [newRun(), newServer()];
        for (const file of interfaceFiles([folder])) {
          const alone = await asTheCommand(file);
          assert.deepEqual(await asTheServer(file, isOpen), alone, file);
          const short = relative(".", file);
          assert.deepEqual(await asTheCommand(short), alone, short);
          assert.deepEqual(await asTheCommand(file, run), alone, `${file}, after others`);
          assert.deepEqual(await asTheServer(file, isOpen, server), alone, `${file}, after others in the editor`);
        }
      });
    }),
    { numRuns: Number(process.env["LUPINE_PROPERTY_RUNS"] ?? countOf(60, 4)) },
  );
});

test("the editor's text is split into lexemes once, for the compiler and for all questions", async () => {
  await withTree({ "types.x": "struct stamp { int n; };", "main.x": stampUse }, async (folder) => {
    const { workspace } = newServer();
    const file = join(folder, "main.x");
    workspace.open(uriOf(file), readFileSync(file, "utf8"), 1);
    const sources = workspace.index(file)?.analysis.sources ?? [];
    assert.equal(sources.length, 2);
    for (const source of sources) assert.equal(workspace.file(source.file)?.source, source, source.file);
  });
});

const stampUse = '%#include "types.h"\nstruct file { stamp modified; };\n';

const stamp: Tree = {
  "inc/include/rpcsvc/types.x": "struct stamp { unsigned seconds; };\n",
  "inc/src/deep/main.x": "%#include <rpcsvc/types.h>\nstruct file { stamp modified; };\n",
};

test("a type is found behind a header that is named from the root of its project, in both", async () => {
  await withTree(stamp, async (folder) => {
    const file = join(folder, "inc/src/deep/main.x");
    const expected = {
      sources: [file, join(folder, "inc/include/rpcsvc/types.x")],
      diagnostics: [],
    };
    assert.deepEqual(await asTheCommand(file), expected);
    assert.deepEqual(await asTheServer(file, true), expected);
  });
});

test("a file that appears, changes or goes away later is seen, wherever it was looked for", async () => {
  await withTree({ "inc/src/deep/main.x": stamp["inc/src/deep/main.x"] ?? "" }, async (folder) => {
    const [file, types] = [join(folder, "inc/src/deep/main.x"), join(folder, "inc/include/rpcsvc/types.x")];
    const workspace = new Workspace();
    workspace.open(uriOf(file), readFileSync(file, "utf8"), 1);
    const codes = (): string[] => workspace.index(file)?.analysis.diagnostics.map(({ code }) => code) ?? [];
    assert.deepEqual(codes(), ["left-to-c"]);
    assert.equal(workspace.index(file), workspace.index(file), "nothing has changed: nothing is compiled again");
    mkdirSync(dirname(types), { recursive: true });
    writeFileSync(types, stamp["inc/include/rpcsvc/types.x"] ?? "");
    assert.deepEqual(codes(), []);
    writeFileSync(types, "struct another_stamp { int seconds; };\n");
    assert.deepEqual(codes(), ["undefined-name"]);
  });
});

test("a pipe where a file is looked for does not stop the language server", async () => {
  const { execFileSync } = await import("node:child_process");
  await withTree({ "main.x": '#include "types.x"\nstruct a { int b; };\n' }, async (folder) => {
    execFileSync("mkfifo", [join(folder, "types.x")]);
    const { diagnostics } = await asTheServer(join(folder, "main.x"), true);
    assert.match(diagnostics.join(), /include-not-found/);
  });
});
