// A worker of the web server: answers the requests of the connections that it is given.
//   its argument: the folder with the files
import { realpathSync } from "node:fs";
import { createServer } from "node:http";
import type { Worker } from "lupine/processes";
import { answer } from "./files.js";

export default function (worker: Worker): void {
  const root = realpathSync(process.argv[2] ?? ".");
  const server = createServer((request, response) => {
    worker.count();
    answer(root, request, response).catch((error: Error) => {
      console.error(`${request.url}: ${error.message}`);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  // A worker that is replaced finishes what it has. Idle connections end after five seconds (`keepAliveTimeout`).
  worker.attach(server);
}
