// node:http's server of the benchmark: POST /add takes two ints, POST /echo anything. Prints its port.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  const answer = request.url === "/add" ? sum(body) : body;
  response.writeHead(200, { "content-length": answer.length });
  response.end(answer);
});

function sum(body: Buffer): Buffer {
  const answer = Buffer.allocUnsafe(4);
  answer.writeInt32BE(body.readInt32BE(0) + body.readInt32BE(4));
  return answer;
}

server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
