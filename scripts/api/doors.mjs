// The entry points of the package that have a page: what each exports, and what its source says it is for.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Declarations } from "./read.mjs";

/** Entry points that are no API: generated code alone imports them. */
const withoutPage = new Set(["./codegen/v1", "./package.json"]);

/** @returns {{ name: string, page: string, intro: string, names: Map<string, object[]> }[]} */
export function readDoors(root) {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const declarations = new Declarations();
  return Object.entries(exports)
    .filter(([path]) => !withoutPage.has(path))
    .map(([path, { module: target }]) => {
      const source = readFileSync(join(root, target.replace("./dist/", "src/").replace(/\.js$/, ".ts")), "utf8");
      const names = declarations.exportsOf(join(root, target.replace(/\.js$/, ".d.ts")));
      return {
        name: path === "." ? "lupine" : `lupine/${path.slice(2)}`,
        page: path === "." ? "lupine.md" : `${path.slice(2)}.md`,
        intro: introOf(source),
        names: new Map([...names].sort(([a], [b]) => (a < b ? -1 : 1))),
      };
    });
}

/** Gives each door the values of its exports, by name. Runs the compiled package. */
export async function withValues(doors, root) {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return Promise.all(
    doors.map(async (door) => {
      const { module: target } = exports[door.name.replace("lupine", ".")];
      return { ...door, values: await import(pathToFileURL(join(root, target)).href) };
    }),
  );
}

/** The comment at the top of the file, without the name of the entry point that it may begin with. */
function introOf(source) {
  const [block = ""] = /^(?:\/\/.*\n)+/.exec(source) ?? [];
  const text = block
    .replaceAll(/^\/\/ ?/gm, "")
    .replaceAll("\n", " ")
    .trim();
  const intro = text.replace(/^"lupine[\w/]*": /, "");
  return intro.charAt(0).toUpperCase() + intro.slice(1);
}
