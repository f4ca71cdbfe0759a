import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { SocketUsers } from "./socket-users.js";

const isAsked =
  process.platform === "linux" && ["perl", "python3"].some((one) => spawnSync(one, ["-V"]).error === undefined);

test("the user at the other end of a Unix socket is told, also to many who ask at once", {
  skip: !isAsked && "it needs Linux, and perl or python3",
}, async () => {
  const path = join(tmpdir(), `lupine-users-${process.pid}.sock`);
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const clients = Array.from({ length: 10 }, () => connect(path));
  while (accepted.length < clients.length) await new Promise((resolve) => setTimeout(resolve, 5));
  const users = new SocketUsers();
  const fdOf = (socket: Socket) => (socket as unknown as { _handle: { fd: number } | null })._handle?.fd;
  const told = await Promise.all(accepted.map((socket) => users.of(() => fdOf(socket))));
  assert.deepEqual(told, new Array(10).fill(process.geteuid?.()));
  // The connection goes on as if nothing had been asked.
  const [one] = accepted as [Socket];
  const heard = new Promise<string>((resolve) => clients[0]?.once("data", (chunk) => resolve(String(chunk))));
  one.write("still here");
  assert.equal(await heard, "still here");
  for (const socket of [...clients, ...accepted]) socket.destroy();
  assert.equal(await users.of(() => fdOf(one)), undefined, "it is closed");
  server.close();
  rmSync(path, { force: true });
});

test("of what is no Unix socket nobody is told", async () => {
  const fd = openSync("/dev/null", "r");
  assert.equal(await new SocketUsers().of(() => fd), undefined);
  closeSync(fd);
});
