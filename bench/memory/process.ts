// A server or a client whose memory is measured: node process.js ROLE, with orders by messages from its parent.
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Server as NetServer } from "node:net";
import { createClient, Server } from "lupine";
import { PEER_V1 } from "../../test/interop/peer.gen.js";

export type Order =
  | { readonly do: "listen" | "measure" }
  | { readonly do: "connect" | "call"; readonly port: number; readonly count: number };

/** Bytes. */
export interface Reading {
  readonly port: number;
  readonly heap: number;
  readonly buffers: number;
  readonly resident: number;
}

const kept: unknown[] = []; // so that nothing is collected while it is measured
let port = 0;
let client: ReturnType<typeof connectTo> | undefined;

process.on("message", async (order: Order) => {
  if (order.do === "listen") port = await listen(process.argv[2] ?? "");
  if (order.do === "connect") await dial(order.port, order.count);
  if (order.do === "call") await callMany(order.port, order.count);
  process.send?.(await reading());
});

async function reading(): Promise<Reading> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  return { port, heap: heapUsed, buffers: Math.max(external, arrayBuffers), resident: rss };
}

async function listen(role: string): Promise<number> {
  if (role === "lupine-server") {
    const limits = { callsInFlight: 1_000_000, totalCallsInFlight: 4_000_000 };
    const server = new Server({ limits }).implement(PEER_V1, {
      add: ({ a, b }) => a + b,
      echo: () => new Promise((resolve) => kept.push(resolve)), // Never answered: such calls are outstanding.
      whoAmI: () => ({ flavor: 0, machine: "", uid: 0, gid: 0, gids: [] }),
      fill: (size) => new Uint8Array(size),
    });
    const { address } = await server.listen("tcp://127.0.0.1:0", { maxConnectionsPerAddress: 1_000_000 });
    return "port" in address ? address.port : 0;
  }
  const server: NetServer =
    role === "http-server"
      ? createHttpServer((_request, response) => response.end())
      : createServer((socket) => kept.push(socket));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

async function dial(to: number, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const socket = connect(to, "127.0.0.1");
    kept.push(socket);
    await once(socket, "connect");
  }
}

function connectTo(server: number) {
  return createClient(PEER_V1, `tcp://127.0.0.1:${server}`, { timeout: 3_600_000 });
}

async function callMany(to: number, count: number): Promise<void> {
  client ??= connectTo(to);
  const payload = new Uint8Array(8);
  for (let i = 0; i < count - 1; i++) kept.push(client.echo(payload));
  // Answered after the server has read all the others.
  await client.add({ a: 1, b: 2 });
}
