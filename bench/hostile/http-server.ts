// node:http's server under attack, with every limit as it is by default. Prints its port.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const server = createServer(async (request, response) => {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const answer = answerTo(request.url, body);
    response.writeHead(200, { "content-length": answer.length });
    response.end(answer);
  } catch {
    response.destroy();
  }
});

function answerTo(url: string | undefined, body: Buffer): Buffer {
  if (url === "/fill") return Buffer.alloc(body.readUInt32BE(0));
  if (url !== "/add") return body;
  const answer = Buffer.allocUnsafe(4);
  answer.writeInt32BE(body.readInt32BE(0) + body.readInt32BE(4));
  return answer;
}

server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
