// Makes `bundle/` from the compiled `dist/`: what Node loads when a program imports Lupine or runs the command. It has the
// same files for the entry points, and their code in few large files: a tenth of the files, so that programs start sooner.
// `tsc -b` alone puts files there that lead to dist/ (see entries/), so that a clone works without this script.
// node scripts/bundle.mjs [--force]
//   --force   makes it again although nothing in dist/ has changed
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { withLateImports, withLatePaths } from "./late-imports.mjs";
import { importedBy, nameStarts, reachedFrom, withoutStarts } from "./name-starts.mjs";
import { shortCommands } from "./short-commands.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const out = join(root, "bundle");
/** What every program has: the everyday door, and what its generated code imports. */
const everyday = ["index", "codegen/v1"].map((name) => join(dist, `${name}.js`));

/**
 * What generated code imports, for bundlers: one file that has copies of small functions. In a bundle that is split, a file comes
 * with everything that is used of it anywhere. The files of dist/ would bring into every client what only the library's own
 * generated code uses, which is loaded late: 4 kB. Classes are not copied: `instanceof` must hold.
 */
const forBundlers = "codegen/v1-for-bundlers";
const contract = join(dist, "codegen", "v1.js");
const copied = new Set(
  "arguments bulk char-text contract opaque primitives string support text typed-arrays void"
    .split(" ")
    .map((name) => join(dist, "xdr", `${name}.js`)),
);

/** Files that run in a process or a thread of their own, or as the command. */
const programs = [
  "cli/command-line",
  "cli/serve/serve-worker",
  "processes/serve-main",
  "processes/worker-main",
  "blocking/thread",
  "messaging/mailbox-thread",
];

/** Entry points that need little of what a client and a server need. */
const apart = ["cli/command-line", "idl/index", "codegen/index"];

/** For programs that name the file of the command, as they could before it was one of CommonJS. */
const mainModule = '#!/usr/bin/env node\nimport "./main.cjs";\n';

/** Stands for the path from an output file to `bundle/` until that path is known. */
const toRoot = "__PATH_TO_BUNDLE__";

/** An empty file that is written last: a newer entry point in `bundle/` is one of `tsc -b`. */
const stamp = join(out, ".made");

/** Makes `bundle/` if dist/, package.json, this file or an entry point is newer. */
export async function bundle({ force = false } = {}) {
  if (!force && isFresh()) return;
  const { build, transform } = await import("esbuild");
  const doors = doorsOf(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
  const entries = [...doors, ...programs].map((name) => join(dist, `${name}.js`));
  const { metafile } = await build(options(entries));
  const bundled = await build(options(entries, companyOf(metafile, entries)));
  const copy = await build(optionsForBundlers());
  const read = (path) => placed(withoutStarts(readFileSync(path, "utf8")), path);
  const short = await shortCommands({ build, transform }, { root, dist, options: options([]), read });
  const made = join(root, `.bundle-${process.pid}`);
  try {
    for (const { path, text } of [...bundled.outputFiles, ...copy.outputFiles]) {
      const back = relative(dirname(path), out) || ".";
      const file = join(made, relative(out, path));
      mkdirSync(dirname(file), { recursive: true });
      const late = withLatePaths(text, path, join(out, "chunks"));
      writeFileSync(file, withConstants(withClassNames(late)).replaceAll(toRoot, back.replaceAll("\\", "/")));
    }
    for (const [name, text] of Object.entries({ ...short, "main.js": mainModule }))
      writeFileSync(join(made, "cli", name), text.replaceAll(toRoot, ".."));
    const entryPoints = entries.map((path) => relative(root, path));
    nameStarts(root, metafile.inputs, entryPoints);
    rmSync(out, { recursive: true, force: true });
    renameSync(made, out);
    writeFileSync(stamp, "");
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** A class that names itself is `var Quadruple = class _Quadruple` in esbuild's output: console.log would show that name. */
function withClassNames(text) {
  const names = [...text.matchAll(/\bvar (\w+) = class _\1\b/g)].map(([, name]) => name);
  return names.reduce((changed, name) => changed.replaceAll(new RegExp(`\\b_${name}\\b`, "g"), name), text);
}

/**
 * esbuild makes every constant and class at the top of a file a `var`, whose value V8 does not take into the compiled code. So they
 * are constants again: strings of 30 characters are encoded in 0.8 times the time. Files have no cycles, so none is read before it
 * is set. esbuild adds digits to a name that another file of the chunk has, too.
 */
function withConstants(text) {
  let constants = new Set();
  let others = new Set();
  const lines = text.split("\n").map((line) => {
    const [, path] = /^\/\/ (dist\/\S+\.js)$/.exec(line) ?? [];
    if (path !== undefined) {
      const declared = [
        ...readFileSync(join(root, path), "utf8").matchAll(/^(?:export )?(const|class|let|var) ([\w$]+)/gm),
      ];
      const namesOf = (isWanted) => new Set(declared.filter(([, word]) => isWanted(word)).map(([, , name]) => name));
      constants = namesOf((word) => word === "const" || word === "class");
      others = namesOf((word) => word === "let" || word === "var");
    }
    const [, name = ""] = /^var ([\w$]+) = /.exec(line) ?? [];
    const wasConstant = constants.has(name) || (!others.has(name) && constants.has(name.replace(/\d+$/, "")));
    return wasConstant ? line.replace("var", "const") : line;
  });
  return lines.join("\n");
}

/** The entry points that package.json exports, relative to dist/, without `.js`. @throws Error if one has no bundle */
function doorsOf({ exports }) {
  return Object.entries(exports)
    .filter(([name]) => name !== "./package.json")
    .map(([name, { "lupine-files": files, module, types, default: bundled } = {}]) => {
      const [, path] = /^\.\/dist\/(.+)\.js$/.exec(files) ?? [];
      const wanted = files === "./dist/codegen/v1.js" ? `./bundle/${forBundlers}.js` : files;
      const isRight = module === wanted && types === `./dist/${path}.d.ts` && bundled === `./bundle/${path}.js`;
      if (path === undefined || !isRight) {
        throw new Error(
          `package.json: "exports" of "${name}" needs { "types": "./dist/NAME.d.ts", "lupine-files": "./dist/NAME.js", "module": ${JSON.stringify(wanted)}, "default": "./bundle/NAME.js" }`,
        );
      }
      const entry = join("entries", `${path}.ts`);
      if (existsSync(join(root, entry))) return path;
      throw new Error(`${entry} is missing: it exports everything from dist/${path}.js until the bundle is made`);
    });
}

function options(entryPoints, company = new Map()) {
  return {
    entryPoints,
    absWorkingDir: root,
    outdir: out,
    outbase: dist,
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["lupine-files"],
    packages: "external",
    chunkNames: "chunks/[hash]",
    sourcemap: true,
    sourcesContent: false,
    logLevel: "error",
    plugins: [reading(company)],
  };
}

/** The copy of the contract of generated code. */
function optionsForBundlers() {
  return {
    ...options([]),
    entryPoints: [{ in: contract, out: forBundlers }],
    outbase: undefined,
    splitting: false,
    plugins: [
      {
        name: "copies of functions",
        setup: (build) =>
          build.onResolve({ filter: /^\./ }, ({ importer, path }) => {
            const file = join(dirname(importer), path);
            return copied.has(file) || file === contract
              ? undefined
              : { path: `../../${relative(root, file)}`, external: true };
          }),
      },
    ],
  };
}

/** The text of a compiled file. One that finds others by its own place keeps that place, with `bundle/` for `dist/`. */
function placed(text, path) {
  const place = `new URL(${JSON.stringify(`${toRoot}/${relative(dist, path)}`)}, import.meta.url).href`;
  return path.endsWith("late-import.js") ? text : text.replaceAll("import.meta.url", place);
}

/** Reads compiled files. One with company imports that, too. */
function reading(company) {
  return {
    name: "compiled files",
    setup: (build) =>
      build.onLoad({ filter: /\.js$/ }, ({ path }) => {
        if (!path.startsWith(dist)) return undefined;
        const text = placed(withoutStarts(readFileSync(path, "utf8")), path);
        const more = (company.get(path) ?? []).map((file) => `import ${JSON.stringify(file)};\n`).join("");
        return { contents: `${withLateImports(text, path, dist)}\n${more}`, loader: "js" };
      }),
  };
}

/**
 * What entry points and files that are loaded by `import()` import beside their own imports, by path. Otherwise esbuild divides the code that
 * they share into one file for each set of those that share some of it, and each file costs more than all of its code. So all of
 * them get the everyday entry points, but those that a program apart needs at its start: they get what such programs share with others.
 */
function companyOf({ inputs }, entries) {
  const late = Object.values(inputs).flatMap(({ imports }) => importedBy(imports, "dynamic-import"));
  const found = new Set([...entries.map((path) => relative(root, path)), ...late]);
  const apartFiles = reachedFrom(
    inputs,
    apart.map((name) => `dist/${name}.js`),
  );
  const everydayFiles = reachedFrom(
    inputs,
    everyday.map((path) => relative(root, path)),
  );
  const shared = [...apartFiles].filter((path) => everydayFiles.has(path)).map((path) => resolve(root, path));
  return new Map(
    [...found]
      .filter((path) => !(apartFiles.has(path) && everydayFiles.has(path)))
      .map((path) => [resolve(root, path), apartFiles.has(path) ? shared : everyday]),
  );
}

function isFresh() {
  const made = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const scripts = [
    fileURLToPath(import.meta.url),
    ...["late-imports", "short-commands"].map((name) => join(root, "scripts", `${name}.mjs`)),
  ];
  const read = [...scriptsIn(dist), ...scriptsIn(out), ...scripts, join(root, "package.json")];
  return read.every((path) => statSync(path).mtimeMs <= made);
}

function scriptsIn(folder) {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true });
  return paths.filter((path) => /\.c?js$/.test(path)).map((path) => join(folder, path));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  await bundle({ force: process.argv.includes("--force") });
