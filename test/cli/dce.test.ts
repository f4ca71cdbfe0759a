import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { DceServer, startEndpointMapper } from "lupine/dce";
import { thoroughTest } from "../support/count-of.js";
import { lupine } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "lupine-dce-"));
after(() => rmSync(folder, { recursive: true }));

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("lupine dce uuidgen prints new UUIDs", async () => {
  const { code, stdout, stderr } = await lupine(["dce", "uuidgen", "-n", "3"]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  assert.equal(new Set(lines).size, 3);
  for (const line of lines) assert.match(line, uuid);
});

test("lupine dce uuidgen -i prints a skeleton, and does not overwrite a file", async () => {
  const file = join(folder, "sample.idl");
  const skeleton = /^\[\n {2}uuid\([0-9a-f-]{36}\),\n {2}version\(1\.0\)\n\]\ninterface INTERFACENAME\n\{\n\n\}\n$/;
  assert.match((await lupine(["dce", "uuidgen", "-i"])).stdout, skeleton);
  assert.deepEqual(await lupine(["dce", "uuidgen", "-i", "-o", file]), { code: 0, stdout: "", stderr: "" });
  const text = readFileSync(file, "utf8");
  assert.match(text, skeleton);
  const again = await lupine(["dce", "uuidgen", "-i", "-o", file]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /exists and was not overwritten/);
  assert.equal(readFileSync(file, "utf8"), text);
});

test("lupine dce refuses wrong usage", async () => {
  for (const args of [["uuidgen", "-i", "-n", "2"], ["uuidgen", "-n", "0"], ["uuidgenn"]]) {
    const { code, stdout, stderr } = await lupine(["dce", ...args]);
    assert.equal(code, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.notEqual(stderr, "");
  }
});

test("lupine dce gen writes a module beside the file, and checks it", async () => {
  const file = join(folder, "clock.idl");
  const text = "[uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1), version(1.0)] interface clock { hyper read(void); }";
  writeFileSync(file, text);
  const target = join(folder, "clock.gen.ts");
  assert.deepEqual(await lupine(["dce", "gen", file]), { code: 0, stdout: `${target}\n`, stderr: "" });
  assert.match(readFileSync(target, "utf8"), /export const clock_v1: DceInterface<clock_v1_Operations>/);
  assert.equal((await lupine(["dce", "gen", "--check", file])).code, 0);
  writeFileSync(file, text.replace("hyper", "long"));
  const stale = await lupine(["dce", "gen", "--check", file]);
  assert.equal(stale.code, 1);
  assert.match(stale.stderr, /is stale/);
});

test("lupine dce gen opens no pipe that a file imports", async () => {
  const file = join(folder, "importing.idl");
  execFileSync("mkfifo", [join(folder, "pipe.idl")]);
  writeFileSync(file, 'import "pipe.idl";\n[uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1)] interface a { void f(void); }');
  const { code, stderr } = await lupine(["dce", "gen", file]);
  assert.equal(code, 2);
  assert.match(stderr, /the file pipe\.idl was not found/);
});

test("lupine dce gen shows the place of an error, and compiles the other files", async () => {
  const bad = join(folder, "bad.idl");
  writeFileSync(bad, "[uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1)] interface bad {\n  lnog read(void);\n}\n");
  const good = join(folder, "good.idl");
  writeFileSync(good, "[uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e2)] interface good { void read(void); }");
  const { code, stdout, stderr } = await lupine(["dce", "gen", bad, good]);
  assert.equal(code, 2);
  assert.equal(stdout, `${join(folder, "good.gen.ts")}\n`);
  assert.match(stderr, /bad\.idl:2:3: error\[undefined-name\]: the type `lnog` is not defined/);
  assert.match(stderr, /did you mean `long`\?/);
});

test("lupine dce gen does not overwrite a file that it did not make", async () => {
  const file = join(folder, "own.idl");
  writeFileSync(file, "[uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1)] interface own { void read(void); }");
  writeFileSync(join(folder, "own.gen.ts"), "const mine = 1;\n");
  assert.equal((await lupine(["dce", "gen", file])).code, 1);
  assert.equal((await lupine(["dce", "gen", join(folder, "none.idl")])).code, 2);
});

const interfaceOption = "--interface=b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1@1.0";

test("lupine dce epmap registers, lists and unregisters a server", async () => {
  await using mapper = await startEndpointMapper({ port: 0 });
  const at = `127.0.0.1[${mapper.port}]`;
  const address = "ncacn_ip_tcp:127.0.0.1[2049]";
  const naming = ["dce", "epmap", "register", address, interfaceOption, "--mapper", at];
  assert.deepEqual(await lupine([...naming, "--no-wait", "--annotation", "a clock"]), {
    code: 0,
    stdout: "",
    stderr: "",
  });
  const listed = await lupine(["dce", "epmap", "list", at]);
  assert.match(
    listed.stdout,
    /^interface .*\nb7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1@1\.0 +ncacn_ip_tcp:127\.0\.0\.1\[2049\] +a clock *\n$/,
  );
  const other = await lupine([
    "dce",
    "epmap",
    "list",
    at,
    "--json",
    "--interface",
    "00000000-5a7e-4c35-9d0f-1c4d9fb3a6e1",
  ]);
  assert.deepEqual(JSON.parse(other.stdout), []);
  const gone = ["dce", "epmap", "unregister", address, interfaceOption, "--mapper", at];
  assert.equal((await lupine(gone)).code, 0);
  assert.deepEqual(mapper.endpoints, []);
  const again = await lupine(gone);
  assert.equal(again.code, 3);
  assert.match(again.stderr, /endpointNotRegistered/);
});

thoroughTest("lupine dce epmap register keeps a server registered until Ctrl-C", async () => {
  await using mapper = await startEndpointMapper({ port: 0 });
  const at = `127.0.0.1[${mapper.port}]`;
  const words = ["dce", "epmap", "register", "ncacn_ip_tcp:127.0.0.1[2049]", interfaceOption, "--mapper", at];
  const { code, stderr } = await lupine(words, { interruptOn: "registered" });
  assert.equal(code, 0);
  assert.match(stderr, /^registered ncacn_ip_tcp:127\.0\.0\.1\[2049\] with the endpoint mapper of 127\.0\.0\.1/);
  assert.deepEqual(mapper.endpoints, []);
});

test("lupine dce epmap serve says where it listens, and ends with Ctrl-C", async () => {
  const { code, stdout, stderr } = await lupine(["dce", "epmap", "serve", "--port", "0", "--json"], {
    interruptOn: "listens",
  });
  assert.equal(code, 0);
  const { listening } = JSON.parse(stdout) as { listening: string[] };
  assert.equal(stderr, `endpoint mapper listens at ${listening[0]}\n`);
});

test("lupine dce epmap explains a machine without an endpoint mapper, and wrong words", async () => {
  await using server = new DceServer();
  const { port } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  const unknown = await lupine(["dce", "epmap", "list", `127.0.0.1[${port}]`]);
  assert.equal(unknown.code, 3);
  assert.match(unknown.stderr, /refused the interface ept/);
  await server.close();
  assert.equal((await lupine(["dce", "epmap", "list", `127.0.0.1[${port}]`])).code, 4);
  assert.equal((await lupine(["dce", "epmap", "list", "a[b"])).code, 2);
  const bad = await lupine(["dce", "epmap", "register", "ncacn_ip_tcp:a[1]", "--interface", "x@1"]);
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /write it like/);
});
