// The README's code, run as it stands.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Rpcbind, startRpcbind } from "lupine/binding";
import { type Running, start, until } from "../interop/harness/processes.js";
import { type Compiled, compileFiles, lupine, root } from "./typescript.js";

let rpcbind: Rpcbind;
let compiled: Compiled;
let server: Running;
let readme: string;

before(async () => {
  readme = await readFile(join(root, "README.md"), "utf8");
  rpcbind = await startRpcbind({ port: 0 });
  compiled = await compileFiles(files());
  server = start(process.execPath, [join(compiled.path, "server.js")]);
  await until(
    () => rpcbind.table.find(0x12345, 1, "udp"),
    () => `the server to register:\n${server.output()}`,
  );
});
after(async () => {
  await server?.stop();
  await rpcbind?.close();
  await compiled?.[Symbol.asyncDispose]();
});

test("the README's client gets its result from the README's server", async () => {
  assert.deepEqual(await compiled.run("client.js", "127.0.0.1", "1", "2"), { status: 0, output: "Result:3\n" });
  assert.equal(server.output(), "add(1,2) is called\n");
});

test("the README's error is what the README says", async () => {
  const promised = /This one prints\s+`([^`]+)`/.exec(readme)?.[1];
  assert.deepEqual(await compiled.run("errors.js"), { status: 0, output: `${promised}\n` });
});

test("the README's commands print what the README shows", async () => {
  const block = /```console\n([\s\S]*?)```/.exec(readme)?.[1] as string;
  const commands = block.split(/^\$ /m).filter((text) => text !== "");
  assert.ok(commands.length >= 3);
  for (const text of commands) {
    const [command = "", ...shown] = text.split("\n");
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
    assert.deepEqual(words.slice(0, 2), ["npx", "lupine"]);
    const extra = words.includes("call") ? ["--rpcbind", rpcbind.url] : [];
    const { output } = await compiled.run(lupine, ...words.slice(2), ...extra);
    assert.equal(output, shown.join("\n"), command);
  }
});

test("the README's interface is that of the template, but for comments and blank space", async () => {
  const bare = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "").replace(/\s+/g, " ");
  const template = await readFile(join(root, "templates", "add", "add.x"), "utf8");
  assert.equal(bare(files().get("add.x") as string).trim(), bare(template).trim());
});

/** The blocks that name a file, told of our rpcbind in place of the machine's. */
function files(): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", text = ""] of readme.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)) found.set(name, text);
  assert.deepEqual([...found.keys()], ["add.x", "server.ts", "client.ts", "errors.ts"]);
  replace(found, "server.ts", "register(server)", `register(server, { binder: "${rpcbind.url}" })`);
  replace(found, "client.ts", "(ADD_VERS, host)", `(ADD_VERS, host, { rpcbind: "${rpcbind.url}" })`);
  return found;
}

function replace(texts: Map<string, string>, name: string, from: string, to: string): void {
  const text = texts.get(name) as string;
  assert.ok(text.includes(from), `${name} has no ${from}`);
  texts.set(name, text.replace(from, to));
}
