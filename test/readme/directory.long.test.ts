// The code of the guide to the directory, run as it stands but for the address.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startDirectory } from "lupine/directory";
import { start } from "../interop/harness/processes.js";
import { until } from "../support/waiting.js";
import { blocks, compileFiles, root } from "./typescript.js";

test("the guide to the directory goes from nothing to a call by name", async () => {
  await using directory = await startDirectory({ port: 0 });
  const guide = readFileSync(join(root, "docs", "guides", "directory.md"), "utf8").replaceAll(
    /"(dir:\/\/)?192\.0\.2\.7/g,
    `"$1${new URL(directory.url).host}`,
  );
  const [server, client, embedded] = blocks(guide, "ts") as [string, string, string];
  const interfaceText = readFileSync(join(root, "examples", "add", "add.x"), "utf8");
  await using folder = await compileFiles(
    new Map([
      ["add.x", interfaceText],
      ["server.ts", server],
      ["client.ts", client],
      ["embedded.ts", embedded],
    ]),
  );
  await using running = start(process.execPath, [join(folder.path, "server.js")]);
  await until(
    () => directory.size > 0,
    () => `a server to register: ${running.output()}`,
  );
  assert.deepEqual(await folder.run("client.js"), { status: 0, output: "3\n" });
  const { status, output } = await folder.run("embedded.js");
  assert.equal(status, 0);
  assert.match(output, /^tcp:\/\/127\.0\.0\.1:\d+\n$/);
});
