// The tables of docs/benchmarks.md, from the results of `npm run bench -- all`: node scripts/benchmark-tables.mjs
// A table stands between <!-- results: NAME --> and <!-- end of results -->, with what bench/results/NAME.json has.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./setup.mjs";

const page = join(root, "docs", "benchmarks.md");
const place = /(<!-- results: ([\w-]+) -->\n)[\s\S]*?(<!-- end of results -->)/g;

/** The page with the tables of the results that are there. A place without results keeps what it has. */
export async function withTables(text = readFileSync(page, "utf8")) {
  const { machineOf } = await import(pathToFileURL(join(root, "build", "bench", "report", "report.js")).href);
  return text.replace(place, (all, start, name, end) => {
    const file = join(root, "bench", "results", `${name}.json`);
    if (!existsSync(file)) return all;
    const result = JSON.parse(readFileSync(file, "utf8"));
    const parts = [
      machineOf(result),
      ...result.tables.map(markdown),
      ...(result.notes.length > 0 ? [list(result.notes)] : []),
    ];
    return `${start}\n${parts.join("\n\n")}\n\n${end}`;
  });
}

function markdown({ title, head, rows }) {
  const line = (cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`.replaceAll("|  |", "| |");
  return [`${title}:`, "", line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function list(notes) {
  return notes.map((note) => `- ${note}`).join("\n");
}

/** Writes docs/benchmarks.md. */
export async function writeTables() {
  const before = readFileSync(page, "utf8");
  const after = await withTables(before);
  writeFileSync(page, after);
  process.stderr.write(`docs/benchmarks.md ${after === before ? "is as it was" : "has new tables"}\n`);
}

if (process.argv[1] === import.meta.filename) await writeTables();
