// Makes the files of CommonJS in bundle/cli/ with which the command starts: Node loads them faster than ES modules, and
// src/cli/code-cache.ts can keep what V8 compiles of them.
//   main.cjs           the command; loads one of the next two, or command-line.js
//   overview.cjs       help and version
//   offline.cjs        `encode` and `decode`, with all that they need at the start
//   offline-late.cjs   what these two seldom need; it uses the modules of offline.cjs
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Parts that the two commands always load, although only when they run: their file begins with them. */
const neededAlways = ["call/encode", "call/decode", "call/named-types", "call/bytes", "input"];

/** Clients and servers of streams load these; the two commands have none. */
const neverUsed = ["stream/over-channel.js", "stream/open-streams.js"];

/** What an `import()` of these files becomes. */
const lateCall = "$late";

/** These files are run by src/cli/code-cache.ts: with the parameters of a module in the file, no copy of its text is made. */
const scriptStart = "(function (exports, require, module, __filename, __dirname) {";

/** Replaces modules of offline.cjs in offline-late.cjs. */
const ofStart = "module of offline.cjs";

/**
 * `build` and `transform` are esbuild's, `options` those of all bundles, and `read(path)` gives the text of a file of `dist`.
 * @returns the text of each file, by name
 */
export async function shortCommands({ build, transform }, { root, dist, options, read }) {
  const licence = readFileSync(join(root, "node_modules", "commander", "LICENSE"), "utf8").trim();
  const own = 'const ownUrl = require("node:url").pathToFileURL(__filename).href;';
  const ownImport = "const ownImport = module.importModule ?? ((name) => import(name));";
  const late = `const ${lateCall} = async (name) => require("./offline-late.cjs").late[name]();`;
  const pathOf = (name) => join(dist, "cli", `${name}.js`);
  const make = (entry, plugins, banner) =>
    build({ ...optionsOf(root, options), ...entry, plugins, banner: { js: banner.join("\n") } });
  const makeText = (contents, plugins, banner) => make({ stdin: { contents, resolveDir: root } }, plugins, banner);

  const ofMain = { entryPoints: [{ in: pathOf("main"), out: "main" }] };
  const main = await make(ofMain, [reading({ dist, read }), elsewhere], [own]);
  const ofOverview = { entryPoints: [{ in: pathOf("overview"), out: "overview" }] };
  const overview = await make(ofOverview, [reading({ dist, read }), withoutSubprocesses], [own, ownImport]);

  const lateFiles = new Set();
  const always = new Set(neededAlways.map(pathOf));
  const startOf = (shared) => {
    const names = shared.map((name, at) => `import * as m${at} from ${JSON.stringify(join(dist, name))};`);
    const table = shared.map((name, at) => `${JSON.stringify(name)}: m${at}`);
    const contents = [
      `export * from ${JSON.stringify(pathOf("offline"))};`,
      ...names,
      `export const shared = { ${table.join(", ")} };`,
    ].join("\n");
    const plugins = [reading({ dist, read, always, lateFiles }), withoutSubprocesses];
    return makeText(contents, plugins, [own, ownImport, late]);
  };
  const { metafile } = await startOf([]);
  const atStart = new Set(Object.keys(metafile.inputs).map((path) => join(root, path)));
  const asked = new Set();
  const used = [...lateFiles].filter((path) => !neverUsed.some((name) => path === join(dist, name)));
  const loads = used.map((path) => `${nameIn(dist, path)}: () => import(${JSON.stringify(path)})`);
  const seldom = await makeText(
    `export const late = { ${loads.join(", ")} };`,
    [sharing(dist, atStart, asked), reading({ dist, read }), withoutSubprocesses],
    [own],
  );
  const offline = await startOf([...asked].sort());

  const small = async (text) =>
    (await transform(text, { minifyWhitespace: true, minifySyntax: true, target: "node20", format: "cjs" })).code;
  const textOf = ({ outputFiles: [{ text }] }) => text;
  const script = async (made) => {
    const body = await small(textOf(made).replaceAll("await import(", "await ownImport("));
    return `/*! With commander:\n${licence}\n*/\n${scriptStart}${body}})`;
  };
  return {
    "main.cjs": await small(textOf(main)),
    "overview.cjs": await script(overview),
    "offline.cjs": await script(offline),
    "offline-late.cjs": await small(textOf(seldom)),
  };
}

const nameIn = (dist, path) => JSON.stringify(relative(dist, path).replaceAll("\\", "/"));

function optionsOf(root, options) {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return {
    ...options,
    entryPoints: undefined,
    outbase: undefined,
    splitting: false,
    format: "cjs",
    packages: undefined,
    external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== "commander"),
    sourcemap: false,
    define: { "import.meta.url": "ownUrl" },
  };
}

/** Reads compiled files. Without `lateFiles`, esbuild takes what is loaded by `import()` into the same file. */
function reading({ dist, read, always, lateFiles }) {
  const withLate = (text, path) => {
    const imports = [];
    const changed = text.replaceAll(/\bimport\("(\.[^"]+)"\)/g, (_, to) => {
      const file = join(dirname(path), to);
      if (always.has(file)) return `$always${imports.push(file) - 1}`;
      lateFiles.add(file);
      return `${lateCall}(${nameIn(dist, file)})`;
    });
    return imports.map((file, at) => `import * as $always${at} from ${JSON.stringify(file)};\n`).join("") + changed;
  };
  return {
    name: "compiled files",
    setup: (build) =>
      build.onLoad({ filter: /\.js$/, namespace: "file" }, ({ path }) => {
        if (!path.startsWith(dist)) return undefined;
        const text = read(path);
        return { contents: lateFiles === undefined ? text : withLate(text, path), loader: "js" };
      }),
  };
}

/** Has files of offline-late.cjs use the modules of offline.cjs, and not copies of them. */
function sharing(dist, atStart, asked) {
  return {
    name: "modules of another file",
    setup: (build) => {
      build.onResolve({ filter: /^\.\/offline\.cjs$/ }, ({ path }) => ({ path, external: true }));
      build.onResolve({ filter: /^(\.|\/)/, namespace: "file" }, ({ importer, path, kind }) => {
        const file = join(dirname(importer), path);
        if (kind === "entry-point" || !atStart.has(file)) return undefined;
        asked.add(relative(dist, file).replaceAll("\\", "/"));
        return { path: file, namespace: ofStart };
      });
      build.onLoad({ filter: /./, namespace: ofStart }, ({ path }) => ({
        contents: `module.exports = require("./offline.cjs").shared[${nameIn(dist, path)}];`,
        resolveDir: dist,
      }));
    },
  };
}

/** All other commands are ES modules. */
const elsewhere = {
  name: "the other commands",
  setup: (build) => build.onResolve({ filter: /^\.\/command-line\.js$/ }, ({ path }) => ({ path, external: true })),
};

/** The parser of command lines loads `child_process` for commands that are programs of their own. We have none, and it loads 30 files. */
const withoutSubprocesses = {
  name: "no subprocesses",
  setup: (build) => {
    build.onResolve({ filter: /^node:child_process$/ }, ({ importer, path }) =>
      importer.includes("commander") ? { path, namespace: "empty" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "empty" }, () => ({ contents: "" }));
  },
};
