// How every command finds what an interface builds on: lupine.config.ts and the flags over it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { withFiles } from "./interface-files.js";
import { errorOf, lupine, type Outcome } from "./run.js";

const main = `#include "base.x"
%#include "times.h"
#ifdef WIDE
struct pair {
  base  a;
  stamp b;
};
#endif
program P {
  version V {
    pair GET(pair) = 1;
  } = 1;
} = 0x20000001;
`;
/** A project whose interface finds nothing without its configuration. */
const project = {
  "package.json": "{}",
  "lupine.config.json": JSON.stringify({ includeFolders: ["shared"], symbols: { WIDE: "1" }, hyper: "number" }),
  "shared/base.x": "typedef int base;\n",
  "shared/times.x": "typedef hyper stamp;\n",
  "rpc/main.x": main,
};

/** One run of each command that reads an interface; `more` are options. */
function commands(file: string, more: readonly string[] = []): Record<string, () => Promise<Outcome>> {
  const elsewhere = { cwd: tmpdir() };
  return {
    gen: () => lupine(["gen", "-o", "-", file, ...more], elsewhere),
    check: () => lupine(["check", file, ...more], elsewhere),
    fmt: () => lupine(["fmt", "--stdout", file, ...more], elsewhere),
    lint: () => lupine(["lint", file, ...more], elsewhere),
    breaking: () => lupine(["breaking", file, file, ...more], elsewhere),
    doc: () => lupine(["doc", file, ...more], elsewhere),
    encode: () => lupine(["encode", file, "pair", '{"a":1,"b":2}', ...more], elsewhere),
    decode: () => lupine(["decode", file, "pair", "000000010000000000000002", ...more], elsewhere),
    call: () => lupine(["call", file, "tcp://127.0.0.1:1", "P.GET", '{"a":1,"b":2}', ...more], elsewhere),
  };
}

test("every command reads the configuration above the interface, wherever it is started", () =>
  withFiles(project, async (path) => {
    for (const [name, run] of Object.entries(commands(path("rpc/main.x")))) {
      const { code, stderr } = await run();
      // Nothing listens at the address that is called.
      assert.equal(code, name === "call" ? 4 : 0, `${name}: ${stderr}`);
    }
  }));

test("--no-config does without, and -I and -D say the same to every command", () =>
  withFiles(project, async (path) => {
    const flags = ["--no-config", "-I", path("shared"), "-DWIDE"];
    for (const [name, run] of Object.entries(commands(path("rpc/main.x"), ["--no-config"]))) {
      if (name !== "fmt") assert.notEqual((await run()).code, 0, name);
    }
    for (const [name, run] of Object.entries(commands(path("rpc/main.x"), flags))) {
      const { code, stderr } = await run();
      assert.equal(code, name === "call" ? 4 : 0, `${name}: ${stderr}`);
    }
  }));

test("--config names another configuration, and one that is not there or not right is told of", () =>
  withFiles({ ...project, "other.json": '{ "includeFolder": [] }' }, async (path) => {
    const file = path("rpc/main.x");
    assert.equal((await lupine(["check", "--no-config", "--config", path("lupine.config.json"), file])).code, 0);
    const missing = await lupine(["check", "--config", path("nowhere.json"), file]);
    assert.deepEqual([missing.code, /cannot be loaded: there is no such file/.test(missing.stderr)], [2, true]);
    const wrong = await lupine(["lint", "--config", path("other.json"), file]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /there is no option "includeFolder": did you mean "includeFolders"\?/);
  }));

test("symbols, imports and externs of the configuration must have their form", () =>
  withFiles({ "a.x": "const A = 1;\n" }, async (path) => {
    for (const [config, message] of [
      [{ symbols: ["WIDE"] }, /"symbols" must be an object like \{ NAME: "text" \}/],
      [{ imports: "a.x" }, /"imports" must be an array of paths/],
      [{ externs: { a: 1 } }, /"externs" must be an object/],
      [{ lint: { unbound: "off" } }, /there is no lint rule or warning "unbound": did you mean "unbounded"\?/],
      [{ lint: { unbounded: "of" } }, /"lint.unbounded" cannot be "of": did you mean "off"\?/],
    ] as const) {
      await writeFile(path("lupine.config.json"), JSON.stringify(config));
      const { code, stderr } = await lupine(["check", path("a.x")]);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  }));

test("--import lets the names of another interface count, and so does the configuration", () =>
  withFiles({ "more/types.x": "struct t { int a; };\n", "a.x": "struct s { t b; };\n" }, async (path) => {
    assert.equal((await lupine(["check", path("a.x")])).code, 1);
    const flagged = await lupine(["decode", "--import", "more/types.x", path("a.x"), "s", "00000001", "--json"]);
    assert.equal(flagged.stdout, '{"b":{"a":1}}\n');
    await writeFile(path("lupine.config.json"), '{ "imports": ["more/types.x"] }');
    assert.equal((await lupine(["check", path("a.x")])).code, 0);
    // A type of the imported interface is there by its own name too.
    assert.equal((await lupine(["decode", path("a.x"), "t", "00000001", "--json"])).stdout, '{"a":1}\n');
  }));

test("a type that is written by hand is refused by name where it would have to be encoded", () =>
  withFiles({ "a.x": "struct s { netaddr b; };\nstruct plain { int a; };\n" }, async (path) => {
    const args = ["--extern", "netaddr=./netaddr.js", path("a.x")];
    const outcome = await lupine(["encode", ...args, "s", '{"b":{}}', "--json"]);
    assert.equal(outcome.code, 2);
    assert.equal(errorOf(outcome)["code"], "EXTERN_TYPE");
    assert.equal((await lupine(["encode", ...args, "plain", '{"a":1}'])).stdout, "00000001\n");
    assert.equal((await lupine(["check", ...args])).code, 0);
  }));

test("values have the form in JSON that the configuration gives them", () =>
  withFiles(
    {
      "lupine.config.json": '{ "enum": "open", "fields": "camelCase" }',
      "a.x": "enum e { A = 1 }; struct s { e the_e; };",
    },
    async (path) => {
      assert.equal((await lupine(["decode", path("a.x"), "s", "00000007", "--json"])).stdout, '{"theE":7}\n');
      assert.equal((await lupine(["decode", "--no-config", path("a.x"), "s", "00000007"])).code, 1);
    },
  ));

test("lint takes the levels of its rules from the configuration, and the flag wins", () =>
  withFiles(
    { "lupine.config.mjs": 'export default { lint: { unbounded: "error" } };', "a.x": "typedef opaque a<>;\n" },
    async (path) => {
      const { code, stdout } = await lupine(["lint", path("a.x")]);
      assert.deepEqual([code, /error\[unbounded\]/.test(stdout)], [1, true]);
      assert.equal((await lupine(["lint", "--rule", "unbounded=off", path("a.x")])).stdout, "");
      assert.equal((await lupine(["lint", "--no-config", path("a.x")])).code, 0);
      assert.match((await lupine(["lint", "--list", path("a.x")])).stdout, /^unbounded \(error\)$/m);
      assert.match((await lupine(["lint", "--rule", "unbouned=off", path("a.x")])).stderr, /Did you mean "unbounded"/);
    },
  ));

test("lint judges names as the interface has them, whatever they become in TypeScript", () =>
  withFiles(
    { "lupine.config.json": '{ "fields": "camelCase" }', "a.x": "struct s { int the_a; int the_b; int theC; };\n" },
    async (path) => {
      assert.match((await lupine(["lint", path("a.x")])).stdout, /theC is not snake_case/);
    },
  ));

test("the configuration's options for types count over all its interfaces, also when one is generated alone", () =>
  withFiles(
    {
      "lupine.config.json": '{ "interfaces": ["a.x", "b.x"], "types": { "big": { "hyper": "number" } } }',
      "a.x": "typedef hyper big;\n",
      "b.x": "typedef int small;\n",
    },
    async (path) => assert.equal((await lupine(["gen", "-o", "-", path("b.x")])).code, 0),
  ));

test("breaking --against reads what is included and imported in that revision, in a folder and with odd names", () =>
  withFiles({ ...project, "shared/base.x": "typedef int base;\n" }, async (path) => {
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd: path("") });
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "One");
    git("branch", "team/old");
    const file = path("rpc/main.x");
    const against = (revision: string) => lupine(["breaking", "--against", revision, file]);
    assert.deepEqual([(await against("team/old")).code, (await against("team/old")).stdout], [0, ""]);
    await writeFile(path("shared/base.x"), "typedef hyper base;\n");
    const included = await against("team/old");
    assert.equal(included.code, 1);
    assert.match(included.stdout, /error\[wire\/type-changed\]/);
    await writeFile(path("shared/base.x"), "typedef int base;\n");
    await rm(path("shared/times.x"));
    await writeFile(
      path("rpc/main.x"),
      (await readFile(file, "utf8")).replace("%#include", "%//").replace("stamp", "hyper"),
    );
    // The old interface still finds the file that is gone.
    const gone = await against("team/old");
    assert.notEqual(gone.code, 2, gone.stderr);
    const never = await lupine(["breaking", "--against", "HEAD", path("lupine.config.json")]);
    assert.equal(never.code, 2);
  }));
