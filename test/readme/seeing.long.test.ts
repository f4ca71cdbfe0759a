// The code of the page on seeing what goes on, run as it stands. pino is the reader's: its place is taken by a module
// that writes the same lines of JSON.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runIn } from "../interop/harness/processes.js";
import { freePort } from "../support/free-port.js";
import { compileFiles, root } from "./typescript.js";

const logger = `
const write = (level) => (fields, msg) => {
  const { err, ...others } = typeof fields === "string" ? { msg: fields } : fields;
  console.log(JSON.stringify({ level, ...others, ...(err && { err: { message: err.message } }), ...(msg && { msg }) }));
};
export const pino = () => ({ info: write(30), warn: write(40), error: write(50) });
`;
const loggerTypes = `
type Log = (fields: object | string, message?: string) => void;
export declare function pino(): { readonly info: Log; readonly warn: Log; readonly error: Log };
`;

test("the programs of the page log, watch and test as it says", async () => {
  const page = await readFile(join(root, "docs", "guides", "seeing-what-goes-on.md"), "utf8");
  const port = await freePort();
  const codes = [...page.matchAll(/^```ts (\S+)\n([\s\S]*?)^```$/gm)].map(
    ([, name, code]) => [name as string, (code as string).replaceAll(":7000", `:${port}`)] as const,
  );
  const interfaceText = await readFile(join(root, "examples", "add", "add.x"), "utf8");
  await using folder = await compileFiles(new Map([["add.x", interfaceText], ...codes]), {
    "node_modules/pino/package.json": '{"name":"pino","type":"module","exports":"./index.js","types":"./index.d.ts"}',
    "node_modules/pino/index.js": logger,
    "node_modules/pino/index.d.ts": loggerTypes,
  });
  const server = spawn(process.execPath, ["server.js"], { cwd: folder.path, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const lines: Record<string, unknown>[] = [];
    const ready = new Promise<void>((resolve, reject) => {
      server.once("exit", () => reject(new Error("the server has ended")));
      server.stdout.setEncoding("utf8").on("data", (text: string) => {
        for (const line of text.trim().split("\n")) lines.push(JSON.parse(line));
        if (lines.some(({ msg }) => msg === "ready")) resolve();
      });
    });
    await ready;
    const client = await runIn(folder.path, process.execPath, ["--import", "./watch.js", "client.js"]);
    assert.equal(client.status, 0, client.output);
    assert.match(client.output, /^3$/m);
    assert.match(client.output, /"code":"RPC_SYSTEM_ERR","mayHaveRun":true.*"msg":"call failed"/);
    assert.match(client.output, /^add 1 calls, the slowest/im);
    const told = lines.map(({ msg }) => msg);
    assert.deepEqual(told.filter((msg) => msg === "called").length, 2);
    assert.ok(told.includes("failed") && told.includes("refused"), JSON.stringify(lines));
  } finally {
    server.kill();
  }
  // Not as a part of this run of tests.
  const tests = await runIn(folder.path, "env", ["-u", "NODE_TEST_CONTEXT", process.execPath, "--test", "add.test.js"]);
  assert.equal(tests.status, 0, tests.output);
  assert.match(tests.output, /pass 4/);
});
