// The code of the guides, run as it stands.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatAddress, Server } from "lupine";
import { findProcedure, loadInterface } from "lupine/dynamic";
import { blocks, compileFiles, root } from "./typescript.js";

test("the guide to doing without generated code prints what it says", async () => {
  const guide = readFileSync(join(root, "docs", "guides", "no-generated-code.md"), "utf8");
  const [code] = blocks(guide, "ts") as [string];
  const [printed] = blocks(guide, "text") as [string];
  const interfaceText = readFileSync(join(root, "examples", "add", "add.x"), "utf8");
  await using folder = await compileFiles(
    new Map([
      ["add.x", interfaceText],
      ["dynamic.ts", code],
    ]),
  );
  assert.deepEqual(await folder.run("dynamic.js"), { status: 0, output: printed });
});

test("the guide to calls of services compiles, and its directory in memory serves a call", async () => {
  const guide = readFileSync(join(root, "docs", "guides", "load-balancing.md"), "utf8");
  const interfaceText = readFileSync(join(root, "examples", "add", "add.x"), "utf8");
  const codes = blocks(guide, "ts");
  await using folder = await compileFiles(
    new Map([["add.x", interfaceText], ...codes.map((code, i) => [`code-${i}.ts`, code] as const)]),
  );
  assert.deepEqual(await folder.run(`code-${codes.length - 1}.js`), { status: 0, output: "3\n" });
});

test("the server of the guide to security compiles and listens", async () => {
  const guide = readFileSync(join(root, "docs", "guides", "security.md"), "utf8");
  const [code] = blocks(guide, "ts server.ts") as [string];
  const interfaceText = readFileSync(join(root, "examples", "add", "add.x"), "utf8");
  await using folder = await compileFiles(
    new Map([
      ["add.x", interfaceText],
      ["server.ts", code],
    ]),
  );
  assert.deepEqual(await folder.run("server.js"), { status: 0, output: "listening\n" });
});

test("the test of the guide to testing passes as it stands", async () => {
  const guide = readFileSync(join(root, "docs", "guides", "testing.md"), "utf8");
  const [code] = blocks(guide, "ts simulate.test.ts") as [string];
  const interfaceText = readFileSync(join(root, "examples", "add", "add.x"), "utf8");
  await using folder = await compileFiles(
    new Map([
      ["add.x", interfaceText],
      ["simulate.test.ts", code],
    ]),
  );
  const { status, output } = await folder.run("simulate.test.js");
  assert.equal(status, 0, output);
});

test("the programs of the guide to sessions print what they say, and the state of a log survives the process", async () => {
  const guide = readFileSync(join(root, "docs", "guides", "sessions.md"), "utf8");
  const [code] = blocks(guide, "ts exactly-once.ts") as [string];
  const [durable] = blocks(guide, "ts durable.ts") as [string];
  const interfaceText = readFileSync(join(root, "examples", "add", "add.x"), "utf8");
  await using folder = await compileFiles(
    new Map([
      ["add.x", interfaceText],
      ["exactly-once.ts", code],
      ["durable.ts", durable],
    ]),
  );
  assert.deepEqual(await folder.run("exactly-once.js"), { status: 0, output: "5 1\n" });
  assert.deepEqual(await folder.run("durable.js"), { status: 0, output: "5\n" });
  assert.deepEqual(await folder.run("durable.js"), { status: 0, output: "10\n" });
});

test("the guide to local calls prints what it says", async () => {
  const guide = readFileSync(join(root, "docs", "guides", "local-and-remote.md"), "utf8");
  const [code] = blocks(guide, "ts") as [string];
  const interfaceText = readFileSync(join(root, "examples", "add", "add.x"), "utf8");
  await using folder = await compileFiles(
    new Map([
      ["add.x", interfaceText],
      ["local.ts", code],
    ]),
  );
  assert.deepEqual(await folder.run("local.js"), { status: 0, output: "3\n7\n" });
});

test("the programs of the guide to asynchronous calls print what they say", async () => {
  const interfaceText = readFileSync(join(root, "examples", "add", "add.x"), "utf8");
  const code = filesIn("async.md", ["ts deferred.ts", "c watch.x", "ts watch.ts", "ts stream.ts"]);
  await using folder = await compileFiles(code.set("add.x", interfaceText));
  assert.deepEqual(await folder.run("deferred.js"), { status: 0, output: "3\n" });
  assert.deepEqual(await folder.run("watch.js"), { status: 0, output: "1\n2\n3\n" });
  assert.deepEqual(await folder.run("stream.js"), { status: 0, output: "1\n2\n3\n" });
});

test("the program of the guide to existing services reads an instrument's answer in parts", async () => {
  await using folder = await compileFiles(filesIn("existing-services.md", ["c vxi11.x", "ts identify.ts"]));
  const interfaceText = readFileSync(join(folder.path, "vxi11.x"), "utf8");
  const { program } = findProcedure(loadInterface(interfaceText, { file: "vxi11.x" }).programs, "create_link");
  const asked: string[] = [];
  const parts = ["EXAMPLE,", "MODEL 1,0,1.0\n"];
  await using server = new Server();
  server.implement(program, {
    createLink: () => ({ error: 0, lid: 7, abortPort: 1, maxRecvSize: 1024 }),
    deviceWrite(...[{ data }]) {
      asked.push(Buffer.from(data).toString());
      return { error: 0, size: data.length };
    },
    deviceRead() {
      const data = Buffer.from(parts.shift() ?? "");
      return { error: 0, reason: parts.length === 0 ? 4 : 0, data };
    },
    destroyLink: (...[lid]) => ({ error: lid === 7 ? 0 : 4 }),
  });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const run = await folder.run("identify.js", formatAddress(address));
  assert.deepEqual(run, { status: 0, output: "EXAMPLE,MODEL 1,0,1.0\n" });
  assert.deepEqual(asked, ["*IDN?\n"]);
});

test("the program of the guide for those who come from gRPC prints what it says", async () => {
  await using folder = await compileFiles(filesIn("coming-from-grpc.md", ["c users.x", "ts users.ts"]));
  assert.deepEqual(await folder.run("users.js"), { status: 0, output: "Ann\nthere is no user 2\n" });
});

/** The files in the code blocks of a guide, by name. `headings` are those of the blocks: a language and a name. */
function filesIn(guide: string, headings: readonly string[]): Map<string, string> {
  const text = readFileSync(join(root, "docs", "guides", guide), "utf8");
  return new Map(headings.map((heading) => [heading.replace(/^\w+ /, ""), blocks(text, heading)[0] as string]));
}
