// A server on a Unix socket that is stopped in the middle of its work, and whose queue of connections is full.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { until } from "../testing/waiting.test-support.js";

export const onlyLinux = process.platform === "linux" ? {} : { skip: "only Linux refuses with EAGAIN" };

const program = `require("net").createServer(() => {}).listen({ path: process.argv[1], backlog: 1 }, () => console.log("ready"))`;

/** It accepts nothing until it gets SIGCONT. */
export async function busyServer(t: TestContext): Promise<{ path: string; server: ChildProcess }> {
  const folder = mkdtempSync(join(tmpdir(), "busy-unix-"));
  const path = join(folder, "s");
  const server = spawn(process.execPath, ["-e", program, path], { stdio: ["ignore", "pipe", "inherit"] });
  const held: Socket[] = [];
  t.after(async () => {
    for (const socket of held) socket.destroy();
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });
  await once(server.stdout, "data");
  server.kill("SIGSTOP");
  await until(
    () => /\) T /.test(readFileSync(`/proc/${server.pid}/stat`, "utf8")),
    () => "the server to be stopped",
  );
  for (let code = ""; code === ""; ) {
    const socket = connect(path);
    held.push(socket);
    code = await outcome(socket);
    if (code !== "") assert.equal(code, "EAGAIN");
  }
  return { path, server };
}

function outcome(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(""));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
