import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { XdrWriter } from "../xdr/writer.js";
import { longestUnixPath } from "./address-forms.js";
import type { Connection } from "./connection.js";
import { listenUnix } from "./unix.js";
import { connectUnix } from "./unix-connect.js";

const raw = (out: XdrWriter, value: Uint8Array): void => out.writeFixedOpaque(value);

function temporaryPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "lupine-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "s.sock");
}

const echo = (connection: Connection): void =>
  connection.open({
    message: (bytes, start, end) => {
      connection.send(raw, bytes.slice(start, end));
    },
    drained() {},
    closed() {},
  });

async function exchange(path: string, bytes: Uint8Array): Promise<Uint8Array> {
  const connection = await connectUnix({ path });
  const reply = new Promise<Uint8Array>((resolve) => {
    const message = (all: Uint8Array, start: number, end: number): void => resolve(all.slice(start, end));
    connection.open({ message, drained() {}, closed() {} });
  });
  connection.send(raw, bytes);
  const result = await reply;
  await connection.close();
  return result;
}

test("records go both ways over a path, whose file is gone after close", async (t) => {
  const path = temporaryPath(t);
  const listener = await listenUnix(echo, { path });
  assert.deepEqual([listener.netid, listener.address], ["local", { kind: "unix", path }]);
  for (const size of [4, 100_000, 2_000_000]) {
    assert.equal((await exchange(path, Buffer.alloc(size, 3))).length, size);
  }
  await listener.close();
  assert.equal(existsSync(path), false);
  await assert.rejects(connectUnix({ path }), { code: "TRANSPORT_CONNECT_FAILED", message: /there is no such socket/ });
});

test("a file that a dead server left behind is replaced", async (t) => {
  const path = temporaryPath(t);
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await once(spawn(process.execPath, ["-e", script]), "exit");
  assert.ok(existsSync(path), "the dead server left its socket");
  const listener = await listenUnix(echo, { path });
  assert.equal((await exchange(path, Buffer.alloc(8))).length, 8);
  await listener.close();
});

test("a live server's socket and a plain file are never removed", async (t) => {
  const path = temporaryPath(t);
  const live = await listenUnix(echo, { path });
  await assert.rejects(listenUnix(echo, { path }), {
    code: "TRANSPORT_LISTEN_FAILED",
    message: /another server listens there|a file that is not a socket/,
  });
  assert.equal((await exchange(path, Buffer.alloc(8))).length, 8);
  await live.close();
  writeFileSync(path, "precious");
  await assert.rejects(listenUnix(echo, { path }), { code: "TRANSPORT_LISTEN_FAILED" });
  assert.ok(existsSync(path));
});

test("the mode option sets who may connect", async (t) => {
  const path = temporaryPath(t);
  const listener = await listenUnix(echo, { path, mode: 0o600 });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await listener.close();
});

test("a path that the system would cut is refused at both ends", async () => {
  const path = `/tmp/${"x".repeat(longestUnixPath)}`;
  const wanted = { code: "TRANSPORT_BAD_ADDRESS", message: /use a shorter one/ };
  await assert.rejects(listenUnix(echo, { path }), wanted);
  await assert.rejects(connectUnix({ path }), wanted);
});

test("the longest path that is taken really works", async (t) => {
  const folder = temporaryPath(t).replace(/s\.sock$/, "");
  const path = folder + "y".repeat(longestUnixPath - folder.length);
  const listener = await listenUnix(echo, { path });
  assert.equal((await exchange(path, Buffer.alloc(8))).length, 8);
  await listener.close();
});
