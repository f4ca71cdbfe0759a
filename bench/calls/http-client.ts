// The load over node:http on one connection that is kept: node http-client.js PORT
import { Agent, type IncomingMessage, request } from "node:http";
import { answerLoads, keepCalling } from "./worker.js";

const port = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function post(path: string, body: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { "content-length": body.length };
    const sent = request({ host: "127.0.0.1", port, path, agent, method: "POST", headers }, (response) => {
      read(response).then(resolve, reject);
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

async function read(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

async function add(a: number, b: number): Promise<number> {
  const pair = Buffer.allocUnsafe(8);
  pair.writeInt32BE(a, 0);
  pair.writeInt32BE(b, 4);
  return (await post("/add", pair)).readInt32BE(0);
}

await answerLoads((load) => keepCalling({ add, echo: (bytes) => post("/echo", bytes) }, load));
process.exit();
