// How a new project depends on this package: as the project above it does where that installed a tarball or a folder;
// by path where the command runs from a clone; else by version.
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The version specifier of `lupine` for the package.json of a project in `folder`.
 * @param own the folder of the package that is running.
 */
export function dependencyOn(folder: string, own: string = fileURLToPath(new URL("../..", import.meta.url))): string {
  const project = resolve(folder);
  const isInstalled = own.split(sep).includes("node_modules");
  return inheritedSpec(project) ?? (isInstalled ? `^${versionOf(own)}` : relativeSpec(project, resolve(own)));
}

/** The nearest package.json above that depends on lupine by a file: its specifier, made relative to `folder`. */
function inheritedSpec(folder: string): string | undefined {
  for (let above = dirname(folder); ; above = dirname(above)) {
    const spec = specIn(join(above, "package.json"));
    if (spec?.startsWith("file:")) return relativeSpec(folder, resolve(above, spec.slice("file:".length)));
    if (spec !== undefined || above === dirname(above)) return undefined;
  }
}

function relativeSpec(folder: string, file: string): string {
  return `file:${relative(folder, file).split(sep).join("/")}`;
}

function specIn(path: string): string | undefined {
  try {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(path, "utf8")) as Record<
      string,
      Record<string, string> | undefined
    >;
    return dependencies?.["lupine"] ?? devDependencies?.["lupine"];
  } catch {
    return undefined;
  }
}

function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
}
