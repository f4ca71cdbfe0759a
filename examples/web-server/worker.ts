// A worker of the web server: answers the requests of the connections that it is given.
//   its argument: the folder with the files
import { realpathSync } from "node:fs";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import type { Worker } from "lupine/processes";
import { answer } from "./files.js";

export default function (worker: Worker): void {
  const root = realpathSync(process.argv[2] ?? ".");
  const open = new Set<Socket>();
  let allClosed = (): void => {};

  const server = createServer((request, response) => {
    // The client connects again for its next request, and reaches another worker.
    if (worker.leaving) response.setHeader("Connection", "close");
    worker.count();
    answer(root, request, response).catch((error: Error) => {
      console.error(`${request.url}: ${error.message}`);
      response.destroy();
    });
  });

  worker.onConnection((socket) => {
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      if (open.size === 0) allClosed();
    });
    server.emit("connection", socket);
    socket.resume();
  });

  // An idle connection is closed by the server after five seconds (`keepAliveTimeout`).
  worker.onLeaving(async () => {
    if (open.size > 0)
      await new Promise<void>((resolve) => {
        allClosed = resolve;
      });
  });
}
