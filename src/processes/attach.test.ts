import { once } from "node:events";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { moduleOf } from "./events.test-support.js";
import { startProcesses } from "./processes.js";

test("the timeouts of an HTTP server hold for connections that are handed over", async (t) => {
  const impatient = moduleOf(
    "import { createServer } from 'node:http';",
    "const options = { headersTimeout: 1, requestTimeout: 1, connectionsCheckingInterval: 1 };",
    "export default (worker) => {",
    "  worker.attach(createServer(options, (request, response) => request.on('data', () => response.end())));",
    "};",
  );
  await using processes = await startProcesses(impatient, { size: 1 });
  const server = createServer({ pauseOnConnect: true }, (socket) => void processes.handOver(socket));
  t.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  for (const part of ["GET / HTTP/1.1\r\nHost: a\r\nX", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"]) {
    const slow = connect(port, "127.0.0.1");
    t.after(() => slow.destroy());
    slow.write(part);
    // The answer is lost if the server ends the connection before it has read all.
    slow.on("error", () => undefined).resume();
    await new Promise((resolve) => slow.once("close", resolve));
  }
});
