import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type Outcome, lupine as runLupine } from "../command.test-support.js";

const add = `struct intpair { int a; int b; };
#ifdef EXTRA
const MORE = 1;
#endif
program ADD_PROG { version ADD_VERS { int ADD(intpair) = 1; } = 1; } = 0x23451111;
`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lupine-rpcgen-"));
  writeFileSync(join(folder, "add.x"), add);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function rpcgen(...args: readonly string[]): Promise<Outcome> {
  return runLupine(["rpcgen", ...args], { cwd: folder });
}

function read(name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

test("rpcgen -a leaves a client and a server to fill in, and a package.json that runs them", async () => {
  const { code, stdout } = await rpcgen("-a", "-C", "add.x");
  assert.equal(code, 0);
  assert.deepEqual(stdout.trim().split("\n").sort(), [
    "add.gen.ts",
    "add_client.ts",
    "add_server.ts",
    "package.json",
    "tsconfig.json",
  ]);
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  assert.deepEqual(
    [scripts["gen"], scripts["server"], scripts["client"]],
    ["lupine rpcgen add.x", "lupine run add_server.ts", "lupine run add_client.ts"],
  );
  assert.match(read("add_server.ts"), /server\.implement\(ADD_VERS/);
  assert.match(read("add_client.ts"), /client\.add\(/);
});

test("rpcgen -a again keeps what was filled in, and deletes nothing", async () => {
  await rpcgen("-a", "add.x");
  writeFileSync(join(folder, "add_server.ts"), "// mine\n");
  writeFileSync(join(folder, "add.x"), `${add}const B = 1;\n`);
  const before = readdirSync(folder);
  const { code, stdout, stderr } = await rpcgen("-a", "add.x");
  assert.deepEqual([code, stdout], [0, "add.gen.ts\n"]);
  assert.match(stderr, /add_server\.ts already exists and was not changed/);
  assert.equal(read("add_server.ts"), "// mine\n");
  assert.deepEqual(readdirSync(folder), before);
});

test("what was not generated is not overwritten, under any flag", async () => {
  writeFileSync(join(folder, "add.gen.ts"), "// mine\n");
  for (const args of [
    ["add.x"],
    ["-a", "add.x"],
    ["-c", "-o", "add.gen.ts", "add.x"],
    ["-Ss", "-o", "add.gen.ts", "add.x"],
  ]) {
    const { code, stderr } = await rpcgen(...args);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /add\.gen\.ts would be overwritten/);
  }
  assert.equal(read("add.gen.ts"), "// mine\n");
});

test("-h prints the types alone, -c, -l, -m and -t all that is generated, -Sc, -Ss and -Sm the samples", async () => {
  assert.match((await rpcgen("-h", "add.x")).stdout, /export declare const intpair: XdrType<intpair>;/);
  for (const flag of ["-c", "-l", "-m", "-t"])
    assert.match((await rpcgen(flag, "add.x")).stdout, /function encode_intpair\(out: XdrWriter/);
  assert.match((await rpcgen("-Sc", "add.x")).stdout, /createClient/);
  assert.match((await rpcgen("-Ss", "add.x")).stdout, /new Server/);
  assert.match((await rpcgen("-Sm", "add.x")).stdout, /"scripts"/);
  assert.deepEqual(readdirSync(folder), ["add.x"]);
  assert.equal((await rpcgen("-Ss", "-o", "serve.ts", "add.x")).stdout, "serve.ts\n");
  assert.ok(existsSync(join(folder, "serve.ts")));
});

test("-s and -n make a server for those transports alone", async () => {
  const { stdout } = await rpcgen("-s", "udp", "add.x");
  assert.match(stdout, /listen\("udp:/);
  assert.doesNotMatch(stdout, /listen\("tcp:/);
  assert.match((await rpcgen("-n", "tcp6", "add.x")).stdout, /listen\("tcp:\/\/\[::\]:0", /);
  assert.match((await rpcgen("-n", "tpc", "add.x")).stderr, /Did you mean "tcp"/);
});

test("-D defines a symbol, attached or apart, with or without a value", async () => {
  for (const args of [["-DEXTRA"], ["-D", "EXTRA=1"], ["-DEXTRA=1", "-DOTHER"]]) {
    assert.match((await rpcgen("-c", ...args, "add.x")).stdout, /export const MORE = 1;/);
  }
  assert.doesNotMatch((await rpcgen("-c", "add.x")).stdout, /MORE/);
});

test("flags with nothing to do say so, or what to use instead, and change nothing", async () => {
  const plain = (await rpcgen("-c", "add.x")).stdout;
  for (const flag of ["-M", "-N", "-A", "-b", "-T", "-I", "-L"]) {
    const { code, stdout, stderr } = await rpcgen("-c", flag, "add.x");
    assert.deepEqual([code, stdout], [0, plain]);
    assert.match(stderr, new RegExp(`^${flag}: `));
  }
  assert.match((await rpcgen("-c", "-K", "30", "add.x")).stderr, /^-K: /);
  assert.equal((await rpcgen("-aC", "-MN", "add.x")).code, 0);
});

test("flags that ask for two outputs are refused, as rpcgen does", async () => {
  for (const args of [
    ["-c", "-h"],
    ["-s", "tcp", "-Sc"],
    ["-Ss", "-Sc"],
    ["-l", "-m"],
  ]) {
    const { code, stderr } = await rpcgen(...args, "add.x");
    assert.equal(code, 2);
    assert.match(stderr, /cannot be combined/);
  }
  assert.match((await rpcgen("-Sx", "add.x")).stderr, /-Sc, -Ss and -Sm/);
});
