// The dependency of a new project on this package: the file or folder from which it was installed, so that npm needs no
// registry; a version only if it came from a registry.
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The dependency in package.json, and a note for its owner. */
export interface Dependency {
  /** "file:../lupine-0.1.0.tgz", "^0.1.0" */
  readonly spec: string;
  /** One or two sentences, if the origin of the package could not be determined. */
  readonly warning?: string;
}

/** The folder of the package that is running. */
export const packageFolder: string = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * The dependency on `lupine` of a project in `folder`.
 * @param own the folder of the package that is running.
 */
export function dependencyOn(folder: string, own: string = packageFolder): Dependency {
  const project = realFolder(resolve(folder));
  const inherited = inheritedFile(project);
  if (inherited !== undefined) return { spec: fileSpec(project, inherited) };
  const ownFolder = resolve(own);
  if (!ownFolder.split(sep).includes("node_modules")) return { spec: fileSpec(project, ownFolder) };
  const origin = originOf(ownFolder);
  if (origin.spec !== undefined) return { spec: origin.spec };
  if (origin.file !== undefined && existsSync(origin.file)) return { spec: fileSpec(project, origin.file) };
  return { spec: fileSpec(project, ownFolder), warning: warningOf(ownFolder, origin.file) };
}

function warningOf(own: string, missing: string | undefined): string {
  const reason =
    missing === undefined
      ? "npm keeps no record of where lupine was installed from"
      : `lupine was installed from ${missing}, which no longer exists`;
  const remedy = "To depend on a package file instead: npm install PATH/lupine-VERSION.tgz in the project";
  return `${reason}. The project depends on the installed copy in ${own}. ${remedy}; npm pack in a clone of Lupine makes that file.`;
}

/** The file or folder of lupine, from the nearest package.json above that depends on it. */
function inheritedFile(folder: string): string | undefined {
  for (let above = dirname(folder); ; above = dirname(above)) {
    const spec = specIn(above);
    if (spec !== undefined) {
      const file = fileOf(above, spec);
      return file !== undefined && existsSync(file) ? file : undefined;
    }
    if (above === dirname(above)) return undefined;
  }
}

interface Origin {
  /** An absolute path. */
  readonly file?: string;
  /** A version, or an address that is independent of the folder. */
  readonly spec?: string;
}

/** The origin of an installed package, from npm's own record or from the package.json of its project. */
function originOf(own: string): Origin {
  for (let above = dirname(own); above !== dirname(above); above = dirname(above)) {
    if (!own.startsWith(join(above, "node_modules") + sep)) continue;
    const entry = lockedEntry(above, relative(above, own).split(sep).join("/"));
    const spec = entry === undefined ? specIn(above) : (entry.resolved ?? `^${versionOf(own)}`);
    if (spec === undefined) continue;
    const file = fileOf(above, spec);
    if (file !== undefined) return { file };
    const isRemote = /^(git|github:|https?:)/.test(spec) && !/\/-\/[^/]+\.tgz$/.test(spec);
    return { spec: isRemote ? spec : `^${versionOf(own)}` };
  }
  return {};
}

/** npm's hidden lock file in node_modules says what is installed there and where it came from. */
function lockedEntry(project: string, path: string): { readonly resolved?: string } | undefined {
  const lock = readJson(join(project, "node_modules", ".package-lock.json")) as
    | { readonly packages?: Readonly<Record<string, { readonly resolved?: string }>> }
    | undefined;
  return lock?.packages?.[path];
}

function specIn(folder: string): string | undefined {
  const kinds = ["dependencies", "devDependencies", "optionalDependencies"] as const;
  const json = readJson(join(folder, "package.json")) as
    | Readonly<Partial<Record<(typeof kinds)[number], Readonly<Record<string, string>>>>>
    | undefined;
  for (const kind of kinds) {
    const spec = json?.[kind]?.["lupine"];
    if (spec !== undefined) return spec;
  }
  return undefined;
}

/** The path behind "file:../lupine", "link:../lupine" or a bare path; undefined for another kind of specifier. */
function fileOf(folder: string, spec: string): string | undefined {
  const [, path] = /^(?:file:|link:|(?=\.{0,2}\/|~\/))(?:\/\/)?(.+)$/.exec(spec) ?? [];
  if (path === undefined) return undefined;
  const plain = decode(path);
  return [resolve(folder, path), resolve(folder, plain)].find((one) => existsSync(one)) ?? resolve(folder, plain);
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function fileSpec(folder: string, file: string): string {
  return `file:${relative(folder, realFolder(file)).split(sep).join("/")}`;
}

/** npm resolves symbolic links before it follows "..", so relative paths are computed from real paths. */
function realFolder(path: string): string {
  const parent = dirname(path);
  if (existsSync(path)) return realpathSync(path);
  return parent === path ? path : join(realFolder(parent), relative(parent, path));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function versionOf(folder: string): string {
  return (readJson(join(folder, "package.json")) as { version: string }).version;
}
