import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { watchService } from "./directory-ask.js";

test("Ctrl-C ends a watch whose directory has not answered yet", async () => {
  const silent = createServer((socket) => void socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  const options = { directory: `tcp://127.0.0.1:${port}`, timeout: 600_000 };
  const watching = watchService("/services/time", options);
  const [socket] = (await once(silent, "connection")) as [Socket];
  await once(socket, "data");
  process.emit("SIGINT");
  await watching;
  assert.equal(process.listenerCount("SIGINT"), 0);
  socket.destroy();
  silent.close();
});
