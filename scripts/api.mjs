// Makes docs/reference/api from the docstrings of what the package exports. Reads the declaration files in dist/.
// npx tsc -b && node scripts/api.mjs [--check]
//   --check   writes nothing; ends with 1 when a page is not what the docstrings make now
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readDoors, withValues } from "./api/doors.mjs";
import { pages } from "./api/page.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, "docs", "reference", "api");
const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });

const made = pages(await withValues(readDoors(root), root));
mkdirSync(folder, { recursive: true });
const superfluous = readdirSync(folder).filter((name) => !made.has(name));
const stale = [...made].filter(([name, text]) => {
  const path = join(folder, name);
  return !existsSync(path) || readFileSync(path, "utf8") !== text;
});
if (values.check) {
  for (const name of [...stale.map(([each]) => each), ...superfluous])
    console.error(`docs/reference/api/${name} is stale: run npx tsc -b && node scripts/api.mjs, and commit the result`);
  process.exitCode = stale.length + superfluous.length > 0 ? 1 : 0;
} else {
  for (const [name, text] of stale) writeFileSync(join(folder, name), text);
  for (const name of superfluous) rmSync(join(folder, name));
}
console.log(`${made.size} pages: ${stale.length + superfluous.length} ${values.check ? "stale" : "written"}`);
