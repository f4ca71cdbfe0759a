// The package as its users get it: packed, installed in an empty folder, and taken from `lupine init` to Result:3.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { project } from "../interop/harness/compile.js";
import { unshareCommand } from "../interop/harness/namespace.js";
import { runIn } from "../interop/harness/processes.js";

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let home: string;
let packed: Packed;

before(async () => {
  home = mkdtempSync(join(tmpdir(), "lupine-package-"));
  const pack = ["pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", home];
  const { status, output } = await runIn(project, "npm", pack);
  assert.equal(status, 0, output);
  packed = (JSON.parse(output.slice(output.indexOf("["), output.lastIndexOf("]") + 1)) as Packed[])[0] as Packed;
});

after(() => rmSync(home, { recursive: true, force: true }));

test("the package has what it needs to run and to be read, and nothing else", () => {
  const paths = packed.files.map(({ path }) => path);
  for (const wanted of [
    "package.json",
    "LICENSE",
    "README.md",
    "CHANGELOG.md",
    "dist/index.js",
    "dist/index.d.ts",
    "dist/cli/main.js",
    // What diagnostics lead to.
    "docs/diagnostics.md",
    "docs/lint.md",
  ]) {
    assert.ok(paths.includes(wanted), `${wanted} is missing`);
  }
  for (const path of paths) {
    assert.match(
      path,
      /^(package\.json|LICENSE|README\.md|CHANGELOG\.md|docs\/(breaking|diagnostics|lint)\.md|(dist|templates|examples)\/)/,
    );
    assert.doesNotMatch(path, /^dist\/.*(\.test[.-]|tsbuildinfo|\.x$)/);
  }
  for (const { path } of packed.files) {
    if (path.endsWith(".js")) assert.ok(paths.includes(path.replace(/\.js$/, ".d.ts")), `${path} has no types`);
  }
});

// As the README says it, with the tarball in the place of a registry's package.
const lecture = `
setsid npm run --silent server >server.log 2>&1 &
server=$!
for attempt in $(seq 150); do
  grep -q "is ready" server.log && break
  sleep 0.1
done
npm run --silent client -- localhost 1 2
status=$?
# npm, its shell and the server: a signal to npm alone would leave the server behind.
kill -- -$server
wait $server
cat server.log
for attempt in $(seq 50); do
  kill -0 -- -$server 2>/dev/null || exit $status
  sleep 0.1
done
echo "the server outlived npm run server"
exit 1`;

/** A folder where the package is all there is: none of the libraries that its command uses. */
function aloneWith(lupine: string): string {
  const folder = join(home, "alone");
  cpSync(lupine, join(folder, "node_modules", "lupine"), { recursive: true });
  writeFileSync(join(folder, "alone.mjs"), alone);
  return folder;
}

// What a generated client and server import, with the binder, and nothing else.
const alone = `
import assert from "node:assert/strict";
import { createClient, register, Server, startRpcbind } from "lupine";
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

test("installed in an empty folder it goes from lupine init to Result:3", { timeout: 300_000 }, async (context) => {
  const user = join(home, "user");
  mkdirSync(user);
  const tarball = join(home, packed.filename);
  if (!(await installs(context, user, ["install", "--no-audit", "--no-fund", tarball]))) return;
  await succeeds(aloneWith(join(user, "node_modules", "lupine")), process.execPath, ["alone.mjs"]);

  await succeeds(user, "npx", ["--no", "lupine", "init", "my-add", "--template", "add"]);
  const folder = join(user, "my-add");
  await succeeds(folder, "npx", ["--no", "lupine", "gen", "add.x"]);
  assert.match(readFileSync(join(folder, "add.gen.ts"), "utf8"), /from "lupine\/codegen\/v1"/);

  const [command, ...args] = [...(unshareCommand() ?? []), "sh", "-c", lecture];
  const output = await succeeds(folder, command as string, args);
  assert.match(output, /^Result:3$/m);
  assert.match(output, /^add\(1,2\) is called$/m);

  await succeeds(folder, "npm", ["run", "--silent", "check"]);
  await succeeds(folder, "npm", ["test", "--silent"]);

  // The same as those who come from C do it: rpcgen -a, and one line to fill in.
  const fromC = join(folder, "from-c");
  mkdirSync(fromC);
  cpSync(join(folder, "add.x"), join(fromC, "add.x"));
  await succeeds(fromC, "npx", ["--no", "lupine", "rpcgen", "-a", "-C", "add.x"]);
  const server = join(fromC, "add_server.ts");
  const sample = readFileSync(server, "utf8");
  writeFileSync(server, sample.replace("return 0;", "return arg.a + arg.b;"));
  const client = join(fromC, "add_client.ts");
  writeFileSync(client, readFileSync(client, "utf8").replace("{ a: 0, b: 0 }", "{ a: 1, b: 2 }"));
  await succeeds(fromC, "npm", ["run", "--silent", "check"]);
  const called = await succeeds(fromC, command as string, args);
  assert.match(called, /^add: 3$/m);
  assert.match(called, /^add is called \{ a: 1, b: 2 \}$/m);
  // Made again, it leaves what was filled in.
  await succeeds(fromC, "npm", ["run", "--silent", "gen"]);
  assert.notEqual(readFileSync(server, "utf8"), sample);
});

async function succeeds(folder: string, command: string, args: readonly string[]): Promise<string> {
  const { status, output } = await runIn(folder, command, args);
  assert.equal(status, 0, `${command} ${args.join(" ")}:\n${output}`);
  return output;
}

/** False, and the test skipped, where npm cannot reach its registry. */
async function installs(context: TestContext, folder: string, args: readonly string[]): Promise<boolean> {
  const { status, output } = await runIn(folder, "npm", args);
  if (status === 0) return true;
  const offline = /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH/.test(output);
  assert.ok(offline && process.env["LUPINE_REQUIRE_PEERS"] !== "1", `npm ${args.join(" ")}:\n${output}`);
  context.skip("npm cannot reach its registry");
  return false;
}
