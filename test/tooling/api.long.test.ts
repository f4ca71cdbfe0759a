// docs/reference/api: up to date, complete, and its examples do what their comments say.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { blocks, compileFiles, root } from "../readme/typescript.js";

interface Documented {
  readonly text: string;
  readonly examples: readonly string[];
}

interface Declaration {
  readonly kind: "function" | "class" | "constant" | "interface" | "type";
  readonly doc?: Documented;
  readonly members: readonly { readonly name: string; readonly text: string; readonly doc?: Documented }[];
}

interface Door {
  readonly name: string;
  readonly page: string;
  readonly names: ReadonlyMap<string, readonly Declaration[]>;
}

const doorsModule = pathToFileURL(join(root, "scripts", "api", "doors.mjs")).href;
const { readDoors } = (await import(doorsModule)) as { readDoors(root: string): Door[] };
const doors = readDoors(root);
const main = doors.find(({ name }) => name === "lupine") as Door;

test("docs/reference/api is what the docstrings make; else run: npx tsc -b && node scripts/api.mjs", () => {
  const script = join(root, "scripts", "api.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("every name that can be imported has a docstring", () => {
  const bare = doors.flatMap(({ name, names }) =>
    [...names].filter(([, all]) => !all.some(({ doc }) => doc?.text)).map(([each]) => `${name}: ${each}`),
  );
  assert.deepEqual(bare, []);
});

test("every member of what can be imported has a docstring", () => {
  const bare = doors.flatMap(({ name: door, names }) =>
    [...names].flatMap(([name, all]) =>
      all.flatMap(({ members }) =>
        members.filter(({ doc }) => !doc?.text).map((each) => `${door}: ${name}.${each.name}`),
      ),
    ),
  );
  assert.deepEqual(bare, []);
});

test("lupine exports at most 80 names", () => assert.ok(main.names.size <= 80, `${main.names.size} names`));

test("every function and class that can be imported has an example", () => {
  const bare = doors.flatMap(({ name: door, names }) =>
    [...names]
      .filter(([, all]) => all.some(({ kind }) => kind === "function" || kind === "class"))
      .filter(([, all]) => !all.some(({ doc }) => doc?.examples.length))
      .map(([name]) => `${door}: ${name}`),
  );
  // The examples run: that one would send to the network.
  assert.deepEqual(bare, ["lupine/binding: broadcast"]);
});

/** What an example prints, by the comments behind its calls of console.log: `console.log(x); // 3`. */
function promised(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text as string);
}

const runner = `
const { format } = await import("node:util");
const printed = {};
for (const name of process.argv.slice(2)) {
  const lines = (printed[name] = []);
  console.log = (...values) => void lines.push(format(...values));
  try {
    await import(\`./\${name}.js\`);
  } catch (error) {
    lines.push(\`threw \${error?.stack ?? error}\`);
  }
}
process.stdout.write(JSON.stringify(printed), () => process.exit());
`;

test("every example compiles, runs, and prints what its comments say", async () => {
  const folder = join(root, "docs", "reference", "api");
  const examples = new Map<string, string>();
  for (const page of readdirSync(folder)) {
    for (const block of blocks(readFileSync(join(folder, page), "utf8").replaceAll(/^ {2}/gm, ""), "ts")) {
      // Signatures and the line that says where to import from are no programs.
      if (/^import [\s\S]*?\n\n/.test(block)) examples.set(`${page.replace(".md", "")}-${examples.size}`, block);
    }
  }
  assert.ok(examples.size > 20, `${examples.size} examples`);
  const add = readFileSync(join(root, "examples", "add", "add.x"), "utf8");
  const files = [...examples].map(([name, code]) => [`${name}.ts`, code] as const);
  await using project = await compileFiles(new Map([["add.x", add], ...files]), { "runner.mjs": runner });
  const { status, output } = await project.run("runner.mjs", ...examples.keys());
  assert.equal(status, 0, output);
  const printed = JSON.parse(output) as Record<string, string[]>;
  for (const [name, code] of examples) assert.deepEqual(printed[name], promised(code), `${name}\n${code}`);
});
