// `instanceof` holds for every error class when two copies of the package are loaded, as when a program and a library that
// it uses depend on different versions.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
// Within the project: what the package depends on is found from there.
const copy = mkdtempSync(join(root, ".copy-"));
after(() => rmSync(copy, { recursive: true, force: true }));
cpSync(join(root, "dist"), join(copy, "dist"), {
  recursive: true,
  filter: (path) => !/\.(?:d\.ts|tsbuildinfo)$|\.test/.test(path),
});
cpSync(join(root, "package.json"), join(copy, "package.json"));

type ErrorClass = (new (...args: never[]) => Error) & { readonly kind?: string };

/** The error classes of each door of the package, by "door name". */
async function errorClasses(folder: string): Promise<Map<string, ErrorClass>> {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    exports: Record<string, string | { "lupine-files": string }>;
  };
  const found = new Map<string, ErrorClass>();
  for (const [door, target] of Object.entries(exports)) {
    if (typeof target === "string") continue;
    const module = (await import(pathToFileURL(join(folder, target["lupine-files"])).href)) as object;
    for (const [name, value] of Object.entries(module)) {
      if (typeof value === "function" && value.prototype instanceof Error) found.set(`${door} ${name}`, value);
    }
  }
  return found;
}

test("every error class of every door knows the errors of another copy, and of no other class", async () => {
  const [ours, theirs] = [await errorClasses(root), await errorClasses(copy)];
  assert.ok(ours.size >= 12, `${[...ours.keys()]}`);
  for (const [name, type] of ours) {
    const other = theirs.get(name) as ErrorClass;
    assert.notEqual(other, type, name);
    const error: unknown = Object.create(other.prototype);
    assert.ok(error instanceof type, `${name}: an error of the other copy is not known`);
    const strangers = [...ours].filter(([, one]) => !(one === type || type.prototype instanceof one));
    for (const [stranger, one] of strangers) assert.ok(!(error instanceof one), `${name} is no ${stranger}`);
  }
});
