// A file server on node:cluster, to compare with: node cluster.js PORT FILE WORKERS. It sends one file, and checks nothing.
import cluster from "node:cluster";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { pipeline } from "node:stream/promises";

const [port = "", file = "", workers = "2"] = process.argv.slice(2);

if (cluster.isPrimary) {
  for (let i = 0; i < Number(workers); i++) cluster.fork();
} else {
  createServer(async (_, response) => {
    response.setHeader("Content-Type", "text/plain");
    response.setHeader("Content-Length", (await stat(file)).size);
    await pipeline(createReadStream(file), response).catch(() => response.destroy());
  }).listen(Number(port), "127.0.0.1");
}
