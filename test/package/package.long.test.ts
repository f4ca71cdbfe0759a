// The package packed, installed in an empty folder with no registry, and taken from `lupine init` to Result:3.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { project } from "../interop/harness/compile.js";
import { background, installIn, offline, type Packed, pack } from "./packed.js";

let packed: Packed;
let user: string;

before(async () => {
  packed = await pack();
  user = await installIn(packed, "user");
});

after(() => packed[Symbol.dispose]());

// What a generated client and server import, with the binder, and nothing else.
const alone = `
import assert from "node:assert/strict";
import { createClient, register, Server } from "lupine";
import { startRpcbind } from "lupine/binding";
import { int, oneArgument } from "lupine/codegen/v1";
const procedures = { twice: { name: "TWICE", number: 1, args: oneArgument(int), result: int } };
const program = { name: "TWICE_PROG", number: 0x20001234, versionName: "V1", version: 1, procedures };
const rpcbind = await startRpcbind({ port: 0 });
const server = new Server();
server.implement(program, { twice: (value) => 2 * value });
await server.listen("tcp://127.0.0.1:0");
await register(server, { binder: rpcbind });
const client = createClient(program, "127.0.0.1", { rpcbind: rpcbind.url });
assert.equal(await client.twice(21), 42);
await client[Symbol.asyncDispose]();
await server.close();
await rpcbind.close();
`;

test("the runtime needs none of the libraries that the command uses", async () => {
  const folder = join(packed.home, "alone");
  const lupine = join(folder, "node_modules", "lupine");
  cpSync(join(user, "node_modules", "lupine"), lupine, { recursive: true });
  rmSync(join(lupine, "node_modules"), { recursive: true });
  writeFileSync(join(folder, "alone.mjs"), alone);
  await offline(packed, folder, "node alone.mjs");
});

const lecture = `${background}
begin "is ready" npm run --silent server
npm run --silent client -- localhost 1 2`;

test("installed without a registry it goes from lupine init to Result:3", async () => {
  const made = await offline(packed, user, "npx --no lupine init my-add --template add");
  assert.match(made, /Next:\n {2}cd my-add\n {2}npm run server/);
  const folder = join(user, "my-add");
  assert.match(readFileSync(join(folder, "add.gen.ts"), "utf8"), /from "lupine\/codegen\/v1"/);
  assert.match(readFileSync(join(folder, "package.json"), "utf8"), /"lupine": "file:\.\.\/\.\.\/lupine-.*\.tgz"/);
  assert.match(made, /TypeScript was not installed, because npm could not reach its registry\. .* npm install/s);
  const output = await offline(packed, folder, lecture);
  assert.match(output, /^Result:3$/m);
  assert.match(output, /^add\(1,2\) is called$/m);
  await offline(packed, folder, "npm test");
  useTypeScript(folder);
  await offline(packed, folder, "npm run --silent check");
});

test("rpcgen -a makes a project that npm installs without a registry, and says what to run next", async () => {
  const folder = join(user, "from-c");
  mkdirSync(folder);
  cpSync(join(user, "my-add", "add.x"), join(folder, "add.x"));
  const made = await offline(packed, folder, "npx --no lupine rpcgen -a -C add.x");
  assert.match(made, /Next:\n {2}npm install .*\n {2}npm run server .*\n {2}npm run client -- localhost/);
  await offline(packed, folder, "npm install --no-audit --no-fund");
  const server = join(folder, "add_server.ts");
  const sample = readFileSync(server, "utf8");
  writeFileSync(server, sample.replace("return 0;", "return arg.a + arg.b;"));
  const client = join(folder, "add_client.ts");
  writeFileSync(client, readFileSync(client, "utf8").replace("{ a: 0, b: 0 }", "{ a: 1, b: 2 }"));
  useTypeScript(folder);
  await offline(packed, folder, "npm run --silent check");
  const called = await offline(packed, folder, lecture);
  assert.match(called, /^add: 3$/m);
  assert.match(called, /^add is called \{ a: 1, b: 2 \}$/m);
  // Made again, it leaves what was filled in.
  await offline(packed, folder, "npm run --silent gen");
  assert.notEqual(readFileSync(server, "utf8"), sample);
});

test("where the tarball is gone, init says so, and the project runs by the installed copy", async () => {
  const tarball = join(packed.home, packed.filename);
  const aside = `${tarball}.aside`;
  cpSync(tarball, aside);
  rmSync(tarball);
  try {
    rmSync(join(user, "package.json"));
    const made = await offline(packed, user, "npx --no lupine init without");
    assert.match(made, /lupine was installed from .*lupine-.*\.tgz, which no longer exists\. .*npm pack/);
    assert.match(await offline(packed, join(user, "without"), lecture), /^Result:3$/m);
  } finally {
    cpSync(aside, tarball);
  }
});

/** TypeScript as npm would install it from a registry. */
function useTypeScript(folder: string): void {
  for (const name of ["typescript", "@typescript", "@types", "undici-types", ".bin/tsc"]) {
    const target = join(folder, "node_modules", name);
    if (name === ".bin/tsc") mkdirSync(join(folder, "node_modules", ".bin"), { recursive: true });
    symlinkSync(join(project, "node_modules", name), target);
  }
}
