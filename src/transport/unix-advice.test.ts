import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { listenUnix } from "./unix.js";
import { connectUnix } from "./unix-connect.js";

const ignore = () => undefined;
const isRoot = process.geteuid?.() === 0;

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "unix-advice-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "file"), "x");
  mkdirSync(join(folder, "sealed"));
  chmodSync(join(folder, "sealed"), 0o500);
  return folder;
}

async function listening(path: string): Promise<string> {
  return listenUnix(ignore, { path }).then(
    () => "listens",
    (error: Error) => error.message,
  );
}

async function connecting(path: string): Promise<string> {
  return connectUnix({ path }).then(
    () => "connects",
    (error: Error) => error.message,
  );
}

test("a socket that cannot be made is told with what stands in its way", async (t) => {
  const folder = folderOf(t);
  const live = await listenUnix(ignore, { path: join(folder, "live") });
  t.after(() => live.close());
  const rows: [string, RegExp][] = [
    ["none/x.sock", /the folder .*none does not exist/],
    ["file/x.sock", /file is not a folder/],
    ["file", /there is a file that is not a socket: remove it, or use another path/],
    ["sealed", /that is a folder/],
    ["live", /another server listens there/],
  ];
  if (!isRoot) rows.push(["sealed/x.sock", /you may not make files in the folder/]);
  for (const [path, why] of rows) {
    const message = await listening(join(folder, path));
    assert.match(message, why);
    assert.doesNotMatch(message, /port/, message);
  }
});

test("a socket that cannot be reached is told with why", async (t) => {
  const folder = folderOf(t);
  const rows: [string, RegExp][] = [
    ["none/x.sock", /the folder .*none does not exist/],
    ["missing", /there is no such socket: is the server running\?/],
    ["file", /that file is not a socket/],
  ];
  for (const [path, why] of rows) assert.match(await connecting(join(folder, path)), why);
});
