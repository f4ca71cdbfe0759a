// The tutorial's code, run as it stands, and its project, compared with the one that `lupine init` makes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startRpcbind } from "lupine/binding";
import { start, until } from "../interop/harness/processes.js";
import { blocks, compileFiles, lupine, root } from "./typescript.js";

const document = readFileSync(join(root, "docs", "tutorial.md"), "utf8");
const [interfaceText] = blocks(document, "c") as [string];
const [serverText, clientText] = blocks(document, "ts") as [string, string];

/** The same text, told of a binder. */
function toldOf(text: string, from: string, to: string): string {
  assert.ok(text.includes(from), from);
  return text.replace(from, to);
}

test("the tutorial's server and client give the tutorial's result", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const server = toldOf(serverText, "register(server)", `register(server, { binder: "${rpcbind.url}" })`);
  const client = toldOf(clientText, "(ADD_VERS, host)", `(ADD_VERS, host, { rpcbind: "${rpcbind.url}" })`);
  await using folder = await compileFiles(
    new Map([
      ["add.x", interfaceText],
      ["server.ts", server],
      ["client.ts", client],
    ]),
  );
  const registered = () => rpcbind.table.find(0x12345, 1, "tcp");
  await using running = start(process.execPath, [join(folder.path, "server.js")]);
  await until(registered, () => `the server to register:\n${running.output()}`);
  assert.deepEqual(await folder.run("client.js", "127.0.0.1", "1", "2"), { status: 0, output: "Result:3\n" });
  assert.equal(running.output(), "add(1,2) is called\n");
  for (const [, command = "", shown = ""] of document.matchAll(/^ {4}\$ npx lupine (.+)\n((?: {4}[^$\s].*\n)+)/gm)) {
    const words = command.split(" ").map((word) => word.replace(/^'(.*)'$/, "$1"));
    const extra = words[0] === "call" ? ["--rpcbind", rpcbind.url] : [];
    const { output } = await folder.run(lupine, ...words, ...extra);
    assert.equal(output, shown.replace(/^ {4}/gm, ""), command);
  }
  await running.stop();
  assert.equal(registered(), undefined, "Ctrl-C takes the registration back");
});
