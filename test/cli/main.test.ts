// What holds for every command: help, versions, wrong usage, and who gets which stream.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { errorOf, examples, lupine } from "./run.js";

const commands = [
  ...["gen", "rpcgen", "init", "call", "encode", "decode", "explain", "rpcbind", "directory", "info"],
  ...["doctor", "check", "fmt", "lint", "breaking", "doc", "lsp"],
];

const subcommands = ["serve", "list", "lookup", "watch", "register"].map((name) => `directory ${name}`);

/** Those that take the options of how an interface is read. */
const readsInterfaces = [
  "gen",
  "call",
  "encode",
  "decode",
  "explain",
  "check",
  "fmt",
  "lint",
  "breaking",
  "doc",
  "lsp",
];

test("every command that reads an interface has the same options for it", async () => {
  for (const command of readsInterfaces) {
    const { stdout } = await lupine([command, "--help"]);
    for (const option of ["-I <", "-D <", "--import <", "--extern <", "--config <", "--no-config"]) {
      assert.ok(stdout.includes(`\n  ${option}`), `${command} ${option}`);
    }
  }
});

test("the list of commands has a line of at most 80 columns for each", async () => {
  const { stdout } = await lupine(["--help"]);
  const [list = ""] = stdout.split("\nCommands:\n")[1]?.split("\n\n") ?? [];
  const lines = list.split("\n");
  for (const command of commands)
    assert.equal(lines.filter((line) => line.startsWith(`  ${command} `)).length, 1, command);
  for (const line of lines) assert.match(line, /^ {2}\w.{0,77}$/);
});

test("no default is shown as a value of JavaScript", async () => {
  for (const command of commands)
    assert.doesNotMatch((await lupine([command, "--help"])).stdout, /default: [{[]/, command);
});

test("--version prints the package's version", async () => {
  const text = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  assert.deepEqual(await lupine(["--version"], { ownProcess: true }), { code: 0, stdout: `${version}\n`, stderr: "" });
});

test("--help lists every command and every exit code, on stdout", async () => {
  const { code, stdout, stderr } = await lupine(["--help"]);
  assert.equal(code, 0);
  assert.equal(stderr, "");
  for (const command of commands) {
    assert.match(stdout, new RegExp(`^  ${command}\\b`, "m"));
  }
  for (const exitCode of [0, 1, 2, 3, 4, 130]) assert.match(stdout, new RegExp(`^  ${exitCode} +\\w`, "m"));
});

test("each command has a help text", async () => {
  for (const command of commands) {
    const { code, stdout } = await lupine([command, "--help"]);
    assert.equal(code, 0, command);
    assert.match(stdout, new RegExp(`^Usage: lupine ${command} `), command);
    if (command !== "lsp") assert.match(stdout, /^Examples?:\n {2}\$ (sudo )?lupine /m, command);
  }
});

test("nothing to do is wrong usage, and shows the help on stderr", async () => {
  const { code, stdout, stderr } = await lupine([]);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /Usage: lupine/);
});

test("a misspelt command is answered with the nearest one", async () => {
  const { code, stdout, stderr } = await lupine(["decod", "x"], { ownProcess: true });
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /unknown command 'decod'/);
  assert.match(stderr, /Did you mean decode\?/);
});

test("an unknown option is wrong usage, as JSON where that was asked for", async () => {
  const plain = await lupine(["encode", "--frobnicate", "a.x", "t"]);
  assert.equal(plain.code, 2);
  assert.match(plain.stderr, /unknown option '--frobnicate'/);
  const json = await lupine(["encode", "--json", "--frobnicate", "a.x", "t"]);
  assert.equal(json.code, 2);
  assert.equal(errorOf(json)["code"], "USAGE");
});

test("an error has no stack trace, but with LUPINE_DEBUG it has", async () => {
  const args = ["encode", `${examples}add/add.x`, "numbers", "{}"];
  assert.doesNotMatch((await lupine(args)).stderr, /^ +at /m);
  assert.match((await lupine(args, { env: { LUPINE_DEBUG: "1" } })).stderr, /^ +at /m);
});

test("a reader that closes the pipe early is no failure", async () => {
  const { spawnSync } = await import("node:child_process");
  const main = new URL("../../../dist/cli/main.js", import.meta.url).pathname;
  const script = `"${process.execPath}" "${main}" decode "${examples}file-system/files.x" opaque --in binary; echo "code $?" >&2`;
  const input = Buffer.concat([Buffer.from([0, 4, 0, 0]), Buffer.alloc(0x4_0000)]);
  const { stderr } = spawnSync("sh", ["-c", `{ ${script}; } | head -c 10 > /dev/null`], { input, encoding: "utf8" });
  assert.equal(stderr, "code 0\n");
});

test("the reference names every option of every command, and every exit code", async () => {
  const reference = await readFile(new URL("../../../docs/reference/cli.md", import.meta.url), "utf8");
  const [reading = ""] = /^## Options for reading interfaces\n[\s\S]*?(?=^## )/m.exec(reference) ?? [];
  for (const command of [...commands, ...subcommands]) {
    const words = command.split(" ");
    const [, section = ""] =
      new RegExp(`^## .*lupine ${words[0]}\\b([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, "m").exec(reference) ?? [];
    const { stdout } = await lupine([...words, "--help"]);
    const shared = readsInterfaces.includes(command) ? reading : "";
    const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1] as string);
    assert.ok(options.length > 0, command);
    for (const option of options) {
      if (option !== "--help")
        assert.ok((section + shared).includes(option), `lupine ${command} ${option} is not in docs/reference/cli.md`);
    }
  }
  for (const code of [0, 1, 2, 3, 4, 130]) assert.match(reference, new RegExp(`^\\| ${code} \\| \\w`, "m"));
});
