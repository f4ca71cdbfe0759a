// The package without the optional packages of its directory engines.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { project } from "../interop/harness/compile.js";
import { runIn } from "../interop/harness/processes.js";

const alone = `
import assert from "node:assert/strict";
import "lupine";
import { openDirectory, startDirectory } from "lupine/directory";
import { openMailbox } from "lupine/messaging";
import { int } from "lupine/xdr";
const served = await startDirectory({ port: 0, host: "127.0.0.1", binder: "none" });
const directory = await openDirectory(served.url);
const service = { versions: [{ program: 1, version: 1 }], addresses: ["tcp://127.0.0.1:1"] };
const { id } = await directory.register("/services/time", service);
assert.deepEqual((await directory.lookup("/services/time")).map((entry) => entry.id), [id]);
await directory.close();
await served.close();
const failed = await openDirectory("nats://127.0.0.1:1").catch((error) => error);
assert.equal(failed.code, "DIRECTORY_ENGINE_MISSING");
assert.match(failed.message, /npm install @nats-io\\/transport-node@\\d+\\.\\d+\\.\\d+$/);
const mailbox = { type: int, messages: 1 };
const client = await openMailbox("memory:alone", mailbox);
for (const use of [() => openMailbox("nats://127.0.0.1:1/mail", mailbox), () => client.send(1, "nats://127.0.0.1:1/mail")]) {
  const error = await use().catch((error) => error);
  assert.equal(error.code, "DIRECTORY_ENGINE_MISSING");
  assert.match(error.message, /a mailbox on NATS needs a package .* npm install @nats-io/);
}
await client.close();
await assert.rejects(openDirectory("nats://host:x"), { code: "DIRECTORY_BAD_URL" });
await assert.rejects(openDirectory("dns://127.0.0.1:1/example.org"), { code: "DIRECTORY_UNREACHABLE" });
`;

test("a directory server needs no package, and a NATS URL names the one that it needs", async () => {
  const home = mkdtempSync(join(tmpdir(), "lupine-alone-"));
  try {
    const pack = ["pack", "--silent", "--ignore-scripts", "--pack-destination", home];
    await succeeds(project, "npm", pack);
    const tarball = readdirSync(home).find((name) => name.endsWith(".tgz")) as string;
    const folder = join(home, "node_modules", "lupine");
    mkdirSync(folder, { recursive: true });
    await succeeds(folder, "tar", ["-xzf", join(home, tarball), "--strip-components=1"]);
    writeFileSync(join(home, "alone.mjs"), alone);
    await succeeds(home, process.execPath, ["alone.mjs"]);
    const engine = join(folder, "dist", "directory", "nats");
    for (const name of readdirSync(engine).filter((one) => one.endsWith(".d.ts"))) {
      assert.doesNotMatch(readFileSync(join(engine, name), "utf8"), /@nats-io/, name);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test("the version that the message names is the one that is tested", () => {
  const { devDependencies } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  const source = readFileSync(join(project, "src", "directory", "nats", "packages.ts"), "utf8");
  const named = /npm install (@nats-io\/transport-node)@([\d.]+)/.exec(source);
  assert.equal(named?.[2], devDependencies[named?.[1] as string]);
});

async function succeeds(folder: string, command: string, args: readonly string[]): Promise<void> {
  const { status, output } = await runIn(folder, command, args);
  assert.equal(status, 0, `${command} ${args.join(" ")}:\n${output}`);
}
