// The code of one CommonJS file with what V8 has compiled of it. `npm run build` writes that beside the file after a run of it
// (scripts/code-cache.mjs); a command that ends at once then spends its time on its work, and not on the compiler.
// V8 takes compiled code of the same version and flags only, so other versions of Node compile the file, as they always do.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script } from "node:vm";

/** Where the compiled code of `file` is, for the Node that runs. */
export function codeCacheOf(file: string): string {
  return file.replace(/\.cjs$/, `.${process.version}-${process.platform}-${process.arch}.cache`);
}

/** A file that was run, and its compiled code. */
export interface RunFile {
  readonly exports: unknown;
  readonly script: Script;
}

/**
 * Runs the file as `require` does, with the compiled code if V8 accepts it. Node 20 does not find out how a script from a cache
 * imports modules, so `module` has a function for that.
 */
export function runFile(file: string, cachedData?: Buffer): RunFile {
  const start = "(function (exports, require, module, __filename, __dirname) { ";
  const script = new Script(`${start}${readFileSync(file, "utf8")}\n})`, {
    filename: file,
    columnOffset: -start.length,
    ...(cachedData && { cachedData }),
  });
  const module = { exports: {}, importModule: (name: string): Promise<unknown> => import(name) };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  return { exports: module.exports, script };
}

/**
 * Returns the exports of the file. NODE_DISABLE_COMPILE_CACHE=1 turns this cache off, as it does Node's own: for somebody who changes
 * the file.
 */
export function load(file: string): unknown {
  const cache = codeCacheOf(file);
  const isUsed = process.env["NODE_DISABLE_COMPILE_CACHE"] !== "1" && existsSync(cache);
  return isUsed ? runFile(file, readFileSync(cache)).exports : createRequire(file)(file);
}
