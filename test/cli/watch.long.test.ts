// `lupine gen --watch`, and Ctrl-C at any time.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "../support/waiting.js";
import { withFiles } from "./interface-files.js";

const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

interface Watch extends AsyncDisposable {
  /** Waits for text that comes from now on. */
  next(pattern: RegExp): Promise<string>;
  readonly child: ChildProcess;
}

function watch(cwd: string, ...args: readonly string[]): Watch {
  const child = spawn(process.execPath, [main, "gen", "--watch", ...args], { cwd });
  let text = "";
  let look: (() => void) | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      look?.();
    });
  }
  const next = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${pattern} in:\n${text}`)), 15_000); // waits: bounds output that never comes
      look = () => {
        const found = pattern.exec(text);
        if (found === null) return;
        clearTimeout(timer);
        look = undefined;
        text = text.slice(found.index + found[0].length);
        resolve(found[0]);
      };
      look();
    });
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "close");
  };
  return { child, next, [Symbol.asyncDispose]: end };
}

test("a change of what is included or imported generates again, also in another folder", () =>
  withFiles(
    { "rpc/a.x": '#include "../shared/b.x"\nstruct a { b c; };\n', "shared/b.x": "typedef int b;\n" },
    async (path) => {
      await using watching = watch(path(""), "rpc/a.x");
      await watching.next(/watching/);
      await writeFile(path("shared/b.x"), "typedef hyper b;\n");
      await watching.next(/rpc\/a\.gen\.ts\n/);
      assert.match(readFileSync(path("rpc/a.gen.ts"), "utf8"), /export type b = bigint;/);
    },
  ));

test("a file that is missing is waited for: the interface, an include, a whole folder", () =>
  withFiles({ "a.x": '#include "later/b.x"\nstruct a { b c; };\n' }, async (path) => {
    await using watching = watch(path(""), "a.x", "late.x");
    await watching.next(/watching a\.x, late\.x/);
    await writeFile(path("late.x"), "typedef int late;\n");
    await watching.next(/late\.gen\.ts\n/);
    await mkdir(path("later"));
    await writeFile(path("later/b.x"), "typedef int b;\n");
    await watching.next(/^a\.gen\.ts\n/m);
  }));

test("an interface that is deleted or renamed is told of once, and made again when it is back", () =>
  withFiles({ "a.x": "typedef int a;\n", "b.x": "typedef int b;\n" }, async (path) => {
    await using watching = watch(path(""), "a.x", "b.x");
    await watching.next(/watching/);
    await rename(path("a.x"), path("away.x"));
    await watching.next(/a\.x was deleted; its output stays/);
    assert.ok(readdirSync(path("")).includes("a.gen.ts"));
    await writeFile(path("b.x"), "typedef hyper b;\n");
    await watching.next(/b\.gen\.ts\n/);
    await writeFile(path("away.x"), "typedef hyper a;\n");
    await rename(path("away.x"), path("a.x"));
    await watching.next(/a\.gen\.ts\n/);
    await rm(path("b.x"));
    await watching.next(/b\.x was deleted/);
  }));

test("the configuration is watched: one that changes, appears, or is wrong for a while", () =>
  withFiles({ "package.json": "{}", "a.x": "typedef hyper a;\n" }, async (path) => {
    await using watching = watch(path(""), "a.x");
    await watching.next(/watching/);
    for (const [text, type] of [
      ['export default { hyper: "number" };', "number"],
      ['export default { hyper: "bigint" };', "bigint"],
    ] as const) {
      await writeFile(path("lupine.config.mjs"), text);
      await watching.next(/a\.gen\.ts\n/);
      assert.match(readFileSync(path("a.gen.ts"), "utf8"), new RegExp(`export type a = ${type};`));
    }
    await writeFile(path("lupine.config.mjs"), 'export default { hyper: "bignum" };');
    await watching.next(/"hyper" cannot be "bignum"/);
    await rm(path("lupine.config.mjs"));
    await writeFile(path("a.x"), "typedef unsigned hyper a;\n");
    await watching.next(/a\.gen\.ts\n/);
  }));

test("Ctrl-C ends a watch with 130", () =>
  withFiles({ "a.x": "typedef int a;\n" }, async (path) => {
    await using watching = watch(path(""), "a.x");
    await watching.next(/watching/);
    const closed = once(watching.child, "close");
    watching.child.kill("SIGINT");
    assert.equal((await closed)[0], 130);
  }));

test("Ctrl-C in the middle of the first generation ends it at once, and leaves whole files only", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `f${index}.x`);
  const body = Array.from({ length: 500 }, (_, index) => `struct s${index} { int a; string b<>; };\n`).join("");
  await withFiles(Object.fromEntries(names.map((name) => [name, body])), async (path) => {
    for (const wait of [1, 4]) {
      const child = spawn(process.execPath, [main, "gen", ...(wait % 2 ? ["--watch"] : []), ...names], {
        cwd: path(""),
        stdio: "ignore",
      });
      const closed = once(child, "close");
      await until(
        () => readdirSync(path("")).filter((name) => name.endsWith(".gen.ts")).length >= wait,
        () => `${wait} files to be generated`,
      );
      child.kill("SIGINT");
      const [code, signal] = await closed;
      assert.ok(code === 130 || signal === "SIGINT", `${code} ${signal}`);
      const made = readdirSync(path("")).filter((name) => !name.endsWith(".x"));
      const sizes = new Set(made.map((name) => readFileSync(path(name)).length - name.length * 2));
      assert.deepEqual(
        made.filter((name) => !name.endsWith(".gen.ts")),
        [],
        "nothing temporary is left",
      );
      assert.ok(sizes.size <= 2, `whole files alone: ${[...sizes]}`);
      for (const name of made) await rm(path(name));
    }
    assert.equal(dirname(path("x")), path("").replace(/\/$/, ""));
  });
});
