// Files that are no interfaces, places that cannot be written to, and readers that go away.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { withFiles } from "./interface-files.js";
import { lupine } from "./run.js";

const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
const good = "typedef int a<4>;\n";
const readers = ["gen", "check", "fmt", "lint", "doc"];

test("a NUL in a comment makes no binary of a file, and one elsewhere is an error at its place", () =>
  withFiles(
    { "comment.x": "/* left\0over */\nconst A = 1; // \0\n", "code.x": "const A = 1;\nconst \0B = 2;\n" },
    async (path) => {
      assert.equal((await lupine(["check", path("comment.x")])).code, 0);
      const { code, stdout } = await lupine(["check", path("code.x")]);
      assert.equal(code, 1);
      assert.match(stdout, /code\.x:2:7: error\[invalid-character\]: `\\u0000` has no meaning/);
    },
  ));

test("what is no interface is refused by name, by every command, and nothing is written", () =>
  withFiles(
    {
      "binary.x": Buffer.from([0x7f, 0x45, 0, 1, 2]),
      "utf16.x": Buffer.from("\ufeffconst A = 1;", "utf16le"),
      "unmarked.x": Buffer.from("const A = 1;", "utf16le"),
    },
    async (path) => {
      await symlink("nowhere", path("broken.x"));
      await symlink("circle.x", path("circle.x"));
      await writeFile(path("huge.x"), "const A = 1;\n");
      await truncate(path("huge.x"), 100 * 1024 * 1024);
      await mkdir(path("folder.x"));
      const before = readdirSync(path(""));
      for (const [name, message] of [
        ["binary.x", /binary\.x is not an interface: it is a binary file/],
        ["utf16.x", /utf16\.x is UTF-16: save it as UTF-8/],
        ["unmarked.x", /unmarked\.x is UTF-16: save it as UTF-8/],
        ["broken.x", /cannot read .*broken\.x: there is no such file/],
        ["circle.x", /cannot read .*circle\.x: its symbolic links form a loop/],
        ["huge.x", /huge\.x has more than 32 MiB/],
        ["folder.x", /folder\.x: it is a folder|there is no \.x, \.rpcl or \.xdr file in .*folder\.x/],
      ] as const) {
        for (const command of readers) {
          const { code, stdout, stderr } = await lupine([command, path(name)]);
          assert.deepEqual([code, stdout], [2, ""], `${command} ${name}`);
          assert.match(stderr, message, `${command} ${name}`);
        }
      }
      assert.deepEqual(readdirSync(path("")), before);
    },
  ));

test("a device without end, as the interface or included, ends the command all the same", () =>
  withFiles({ "a.x": '#include "/dev/zero"\nconst A = 1;\n' }, async (path) => {
    assert.match((await lupine(["check", "/dev/zero"])).stderr, /more than 32 MiB/);
    assert.match((await lupine(["check", path("a.x")])).stdout, /include-not-found/);
  }));

test("a pipe is read as an interface, and not waited for as an include", () =>
  withFiles({ "a.x": '#include "pipe.x"\nconst A = 1;\n', "good.x": good }, async (path) => {
    execFileSync("mkfifo", [path("pipe.x")]);
    const piped = spawnSync(
      "sh",
      [
        "-c",
        `cat "${path("good.x")}" > "${path("pipe.x")}" & "${process.execPath}" "${main}" check "${path("pipe.x")}"`,
      ],
      { encoding: "utf8" },
    );
    assert.equal(piped.status, 0, piped.stderr);
    assert.match((await lupine(["check", path("a.x")])).stdout, /include-not-found/);
  }));

test("output that does not fit on the disk ends the command with one line", { skip: !existsSync("/dev/full") }, () => {
  const command = `"${process.execPath}" "${main}" check --explain > /dev/full`;
  const { status, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
  assert.deepEqual([status, stderr.split("\n").length], [1, 2], stderr);
  assert.match(stderr, /^lupine: the output could not be written: ENOSPC/);
});

test("one file that cannot be read keeps no other from being looked at", () =>
  withFiles({ "a.x": "struct s { nothing b; };\n", "b.x": "typedef opaque b<>;\n" }, async (path) => {
    const checked = await lupine(["check", path("nowhere.x"), path("a.x")]);
    assert.deepEqual([checked.code, /a\.x:1:12: error/.test(checked.stdout)], [2, true]);
    const linted = await lupine(["lint", path("a.x"), path("b.x")]);
    assert.deepEqual([linted.code, /b\.x:1:16: warning/.test(linted.stdout)], [2, true]);
    assert.match(linted.stderr, /a\.x has errors/);
  }));

test("a place that cannot be written to is named with the reason", () =>
  withFiles({ "a.x": good, "file.txt": "" }, async (path) => {
    for (const [args, message] of [
      [["gen", "-o", "/dev/full", path("a.x")], /cannot write \/dev\/full: no space left on the device/],
      [
        ["gen", "-o", path("file.txt/"), path("a.x")],
        /cannot write .*: (?:a part of its path is not a folder|something else is in its place)/,
      ],
      [
        ["gen", "-o", path("file.txt/a.ts"), path("a.x")],
        /cannot write .*: (?:a part of its path is not a folder|something else is in its place)/,
      ],
      [["doc", "-o", "/proc/nowhere/a.html", path("a.x")], /cannot write \/proc\/nowhere\/a\.html: /],
      [["doc", "-o", path("a.x"), path("a.x")], /a\.x is the interface itself/],
    ] as const) {
      const { code, stdout, stderr } = await lupine(args);
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, message);
    }
    assert.equal(readFileSync(path("a.x"), "utf8"), good);
  }));

test(
  "a full disk leaves the old file as it was, and nothing temporary",
  { skip: process.getuid?.() !== 0 && "needs root" },
  () =>
    withFiles(
      { "a.x": Array.from({ length: 200 }, (_, at) => `struct s${at} { int a; };\n`).join("") },
      async (path) => {
        await mkdir(path("small"));
        const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=8k", "tmpfs", path("small")]);
        if (mounted.status !== 0) return;
        try {
          await writeFile(path("small/a.gen.ts"), "// @generated by lupine, once\n");
          const { code, stderr } = await lupine(["gen", "-o", path("small/"), path("a.x")]);
          assert.equal(code, 2);
          assert.match(stderr, /cannot write .*small\/a\.gen\.ts: no space left on the device/);
          assert.equal(readFileSync(path("small/a.gen.ts"), "utf8"), "// @generated by lupine, once\n");
          assert.deepEqual(readdirSync(path("small")), ["a.gen.ts"]);
        } finally {
          spawnSync("umount", [path("small")]);
        }
      },
    ),
);

test("a file that was written by hand is not overwritten by gen -o; one that was generated is", () =>
  withFiles({ "a.x": good, "mine.ts": "// mine\n" }, async (path) => {
    const { code, stderr } = await lupine(["gen", "-o", path("mine.ts"), path("a.x")]);
    assert.equal(code, 1);
    assert.match(stderr, /mine\.ts was not made by Lupine/);
    assert.equal(readFileSync(path("mine.ts"), "utf8"), "// mine\n");
    for (const text of [good, good.replace("4", "5")]) {
      await writeFile(path("a.x"), text);
      assert.equal((await lupine(["gen", "-o", path("made.ts"), path("a.x")])).stdout, `${path("made.ts")}\n`);
    }
  }));

test("a reader that has seen enough is no failure, whatever prints", () =>
  withFiles({ "a.x": "typedef opaque a<>;\nstruct s { string b<>; };\n" }, async (path) => {
    for (const command of [`lint "${path("a.x")}"`, `gen -o - "${path("a.x")}"`, "--help", "lint --list"]) {
      const script = `{ "${process.execPath}" "${main}" ${command}; echo "code $?" >&2; } | head -1 > /dev/null`;
      const { stderr } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
      assert.match(stderr, /code 0\n$/, command);
      assert.doesNotMatch(stderr, /EPIPE/);
    }
  }));

test("NO_COLOR and FORCE_COLOR are honoured, and a code is a link where there are colours", () =>
  withFiles({ "a.x": "struct s { nothing b; };\n" }, async (path) => {
    const run = async (env: Record<string, string>) => (await lupine(["check", path("a.x")], { env })).stdout;
    const esc = "\u001b";
    assert.ok(!(await run({ NO_COLOR: "", FORCE_COLOR: "" })).includes(esc));
    const colored = await run({ NO_COLOR: "", FORCE_COLOR: "1" });
    assert.ok(colored.includes(`${esc}[31;1merror`));
    const [, link = ""] = colored.split(`${esc}]8;;`);
    const [url = "", text] = link.split(`${esc}\\`);
    assert.deepEqual([url.endsWith("#undefined-name"), text], [true, "undefined-name"]);
    assert.ok(existsSync(fileURLToPath(url)), "the page that it leads to is there");
    assert.ok(!(await run({ NO_COLOR: "1", FORCE_COLOR: "1" })).includes(esc));
  }));

test("check --explain prints the section about a code, or names the nearest", async () => {
  const { code, stdout } = await lupine(["check", "--explain", "undefined-name"]);
  assert.deepEqual([code, stdout.startsWith("## undefined-name\n")], [0, true]);
  const wrong = await lupine(["check", "--explain", "undefined-nam"]);
  assert.deepEqual([wrong.code, /did you mean "undefined-name"/.test(wrong.stderr)], [2, true]);
});
