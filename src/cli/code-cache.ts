// Runs a file of CommonJS with the code that V8 compiled of it in an earlier run, and keeps that code in the user's cache folder.
// Node's own cache (`enableCompileCache`) has only the functions that were compiled before the file ran, a third of what a
// command needs. Without a folder, or when anything fails, the file is compiled as usual, and nothing is reported.
import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { Script } from "node:vm";

/** Files in the cache folder: one for each place of the package, version of Node, and command. More than that, and it starts anew. */
const mostFiles = 32;

/** A file that was run. */
export interface RunFile {
  readonly exports: unknown;
  /** Keeps the compiled code for the next run, if this one had none. Call it after the work, whose functions it includes. */
  keep(): void;
}

/**
 * The folder of compiled code: in NODE_COMPILE_CACHE, or in the user's folder for caches. Undefined if the environment has
 * NODE_DISABLE_COMPILE_CACHE, measures coverage, or names no absolute path.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string | undefined {
  const { NODE_COMPILE_CACHE: chosen, NODE_DISABLE_COMPILE_CACHE: disabled, NODE_V8_COVERAGE: coverage } = env;
  if (disabled || coverage) return undefined;
  if (chosen) return join(resolve(chosen), "lupine");
  const folder = userFolder(env, platform);
  return folder !== undefined && isAbsolute(folder) ? join(folder, "lupine") : undefined;
}

function userFolder({ XDG_CACHE_HOME, HOME, LOCALAPPDATA }: NodeJS.ProcessEnv, platform: string): string | undefined {
  if (platform === "win32") return LOCALAPPDATA;
  if (XDG_CACHE_HOME) return XDG_CACHE_HOME;
  return HOME && join(HOME, platform === "darwin" ? "Library/Caches" : ".cache");
}

/**
 * Runs a file as `require` does. `name` distinguishes runs that need different functions. Compiled code is used for the same
 * path, size and time of the file only.
 */
export function runFile(file: string, name: string, folder = cacheFolder()): RunFile {
  const { size, mtimeMs } = statSync(file);
  const source = `${file}\n${size} ${mtimeMs}\n`;
  const cache = folder && join(folder, `${name}-${process.version}-${process.arch}-${hashOf(file)}`);
  const cachedData = cache === undefined ? undefined : compiledIn(cache, source);
  const script = scriptOf(file, cachedData);
  const exports = run(script, file);
  const isKept = cache === undefined || (cachedData !== undefined && !script.cachedDataRejected) || hasFlags();
  return { exports, keep: () => isKept || writeQuietly(cache, source, script) };
}

/** Compiled code is good for the same flags of V8 only. Runs with flags do not replace that of runs without. */
function hasFlags(): boolean {
  return process.execArgv.length > 0 || !!process.env["NODE_OPTIONS"];
}

/** The build writes ASCII only, which Node reads as Latin-1 without a look at each byte. */
function scriptOf(file: string, cachedData: Buffer | undefined): Script {
  return new Script(readFileSync(file, "latin1"), { filename: file, ...(cachedData && { cachedData }) });
}

/**
 * Node 20 does not find out how a script from a cache imports modules, so `module` has a function for that. Files that this one
 * requires may require it in turn.
 */
function run(script: Script, file: string): unknown {
  const module = {
    exports: {},
    loaded: true,
    importModule: (name: string): Promise<unknown> => import(name),
  };
  const require = createRequire(file);
  require.cache[file] = module as unknown as NodeModule;
  script.runInThisContext()(module.exports, require, module, file, dirname(file));
  return module.exports;
}

/** FNV-1a of 32 bits, as hexadecimal. The file names its source, so that two paths with one hash are not mixed up. */
function hashOf(text: string): string {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  return (hash >>> 0).toString(16);
}

/** V8 runs compiled code unchecked: only a file that nobody else can write is used. */
function compiledIn(cache: string, source: string): Buffer | undefined {
  try {
    const descriptor = openSync(cache, "r");
    try {
      if (!isOwn(fstatSync(descriptor))) return undefined;
      const bytes = readFileSync(descriptor);
      const start = Buffer.byteLength(source);
      return bytes.length > start && bytes.toString("utf8", 0, start) === source ? bytes.subarray(start) : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** Whether it belongs to the user of this process, who alone can write it. Windows protects the folders of users. */
function isOwn({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  const user = process.geteuid?.();
  return user === undefined || (uid === user && (mode & 0o022) === 0);
}

function writeQuietly(cache: string, source: string, script: Script): void {
  try {
    write(cache, source, script);
  } catch {
    // The folder cannot be written: the next run compiles, too.
  }
}

/** Another process may write the same file: each writes one of its own, and renames it. */
function write(cache: string, source: string, script: Script): void {
  const folder = dirname(cache);
  if (!makeFolder(folder)) return;
  removeOthers(folder);
  const temporary = `${cache}.${process.pid}`;
  const descriptor = openSync(temporary, "wx", 0o600);
  try {
    writeFileSync(descriptor, Buffer.concat([Buffer.from(source), script.createCachedData()]));
    renameSync(temporary, cache);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the folder, but not in a folder of somebody else: with `sudo`, HOME may be that of another user. */
function makeFolder(folder: string): boolean {
  let above = folder;
  while (statSync(above, { throwIfNoEntry: false }) === undefined && dirname(above) !== above) above = dirname(above);
  const user = process.geteuid?.();
  if (user !== undefined && statSync(above).uid !== user) return false;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const status = lstatSync(folder);
  return status.isDirectory() && isOwn(status);
}

function removeOthers(folder: string): void {
  const names = readdirSync(folder);
  if (names.length < mostFiles) return;
  for (const name of names.filter((one) => /^(encode|decode|help|version)-v/.test(one)))
    rmSync(join(folder, name), { force: true });
}
