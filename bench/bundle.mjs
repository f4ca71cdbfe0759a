// The size of what one small service adds to a bundle: esbuild with code splitting, minified, gzip. Counted is what is loaded at
// the start; for a client also what its first call over TCP loads, which the limit applies to: the call is made. And what a
// bundle of a single file has.
// node bench/bundle.mjs [--check] [--why] [--dist DIR]
//   --check   ends with 1 when a bundle is over its limit
//   --why     shows the files of each bundle, the largest first
//   --dist    where the built package is (default: dist)
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const { values } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    why: { type: "boolean", default: false },
    dist: { type: "string", default: join(root, "dist") },
  },
});
const dist = resolve(values.dist);
const load = (path) => import(pathToFileURL(join(dist, path)).href);

/** Bytes after gzip: what a bundle shall have at most, and what it may not pass. */
const entries = {
  codec: {
    what: "the codecs and descriptors that are generated for the service",
    goal: 4096,
    limit: 1200,
    code: `export { numbers, ADD_VERS } from "./add.gen.js";`,
  },
  values: {
    what: "encode() and decode() of one of its types, with paths in errors",
    goal: 4096,
    limit: 6700,
    code: `import { decode, encode } from "lupine/xdr";
      import { numbers } from "./add.gen.js";
      export const copy = (pair) => decode(numbers, encode(numbers, pair));`,
  },
  client: {
    what: "a client by TCP or a Unix socket, with deadlines, reconnecting, and errors that have paths",
    goal: 15_360,
    limit: 27_500,
    code: `import { createClient } from "lupine";
      import { ADD_VERS } from "./add.gen.js";
      export const client = createClient(ADD_VERS, "tcp://localhost:4000");`,
  },
  server: {
    what: "a server over TCP: AUTH_SYS, limits, draining; paths in errors of codecs are loaded with the first such error",
    goal: undefined,
    limit: 35_300,
    code: `import { Server } from "lupine";
      import { ADD_VERS } from "./add.gen.js";
      export const server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });`,
  },
};

const folder = mkdtempSync(join(root, ".bundle-"));
try {
  writeFileSync(join(folder, "add.gen.js"), await generated());
  let over = 0;
  for (const [name, { what, goal, limit, code }] of Object.entries(entries)) {
    const { size, gzipped, isSplit, inputs } = await bundle(code);
    const aim = goal === undefined ? "" : `, goal ${goal}`;
    console.log(`${name}: ${size} bytes minified, ${gzipped} gzipped (limit ${limit}${aim}): ${what}`);
    const toReply = name === "client" ? await untilReply() : gzipped;
    if (isSplit) console.log(`  in a single file ${await singleFile(code)} gzipped`);
    if (toReply > limit) over++;
    if (values.why) for (const [path, { bytesInOutput }] of inputs) console.log(`  ${bytesInOutput}\t${path}`);
  }
  process.exitCode = values.check && over > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function generated() {
  const { compileInterface } = await load("idl/index.js");
  const { generate } = await load("codegen/index.js");
  const text = readFileSync(join(root, "examples", "add", "add.x"), "utf8");
  return generate(compileInterface({ file: "add.x", text }).module, { target: "js" });
}

/** What is loaded at the start: not the pieces that a program loads when it uses them, such as UDP. */
async function bundle(entry) {
  const { outputFiles, metafile } = await run(entry, { splitting: true, outdir: folder });
  const contents = new Map(outputFiles.map(({ path, contents }) => [relative(process.cwd(), path), contents]));
  const paths = loadedAtStart(metafile.outputs);
  const text = Buffer.concat(paths.map((path) => contents.get(path)));
  const inputs = paths.flatMap((path) => Object.entries(metafile.outputs[path].inputs));
  const sorted = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput);
  const isSplit = Object.keys(metafile.outputs).length > paths.length;
  return { size: text.length, gzipped: gzipSync(text, { level: 9 }).length, isSplit, inputs: sorted };
}

/** What a client has loaded when its first reply has come, gzipped. Prints it, and the same for a target with a host name. */
async function untilReply() {
  const { Server } = await load("index.js");
  const { ADD_VERS } = await import(pathToFileURL(join(folder, "add.gen.js")).href);
  const server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const byAddress = await loadedUntilReply(`tcp://127.0.0.1:${address.port}`);
  const byName = await loadedUntilReply(`tcp://localhost:${address.port}`);
  await server.close();
  console.log(`  until the first reply ${byAddress} gzipped; ${byName} if the target is a host name`);
  return byAddress;
}

/** Runs the bundle. Each of its files adds itself to a list. */
async function loadedUntilReply(target) {
  const code = entries.client.code.replace("tcp://localhost:4000", target);
  const { outputFiles, metafile } = await run(code, { splitting: true, outdir: folder });
  const place = mkdtempSync(join(folder, "run-"));
  const contents = new Map(outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]));
  const list = `loaded:${target}`;
  globalThis[list] = [];
  for (const [name, text] of contents) {
    const note = `globalThis[${JSON.stringify(list)}].push(${JSON.stringify(name)});`;
    writeFileSync(join(place, name), text + note);
  }
  const start = loadedAtStart(metafile.outputs).map((path) => basename(path));
  const { client } = await import(pathToFileURL(join(place, start[0])).href);
  await client.add({ a: 1, b: 2 });
  const later = globalThis[list].filter((name) => !start.includes(name));
  await client[Symbol.asyncDispose]();
  return gzipSync(Buffer.concat([...start, ...later].map((name) => contents.get(name))), { level: 9 }).length;
}

/** The size of all in one file, gzipped. */
async function singleFile(entry) {
  const { outputFiles } = await run(entry, {});
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

function run(entry, options) {
  return build({
    stdin: { contents: entry, resolveDir: folder },
    alias: {
      "lupine/codegen/v1": join(dist, "..", "bundle", "codegen", "v1-for-bundlers.js"),
      "lupine/xdr": join(dist, "xdr", "index.js"),
      lupine: join(dist, "index.js"),
    },
    external: ["@nats-io/*"],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: "node20",
    ...options,
  });
}

/** The entry and what it imports, by `import` statements alone. */
function loadedAtStart(outputs) {
  const found = new Set(Object.keys(outputs).filter((path) => outputs[path].entryPoint === "<stdin>"));
  for (const path of found) {
    for (const { kind, path: imported } of outputs[path].imports) {
      if (kind === "import-statement" && imported in outputs) found.add(imported);
    }
  }
  return [...found];
}
