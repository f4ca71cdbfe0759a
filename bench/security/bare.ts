// The limit: node:net and node:tls with nothing but bytes. A request of one byte is answered by 1 MiB, which the client counts.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, connect as tlsConnect } from "node:tls";

export const bulk = 1 << 20;

/** Both servers' ports: node:net's, node:tls's. */
export async function serveBare(cert: Buffer, key: Buffer): Promise<readonly [number, number]> {
  const result = Buffer.alloc(bulk);
  const answer = (socket: Socket): void => {
    socket.on("data", (requests) => requests.forEach(() => void socket.write(result)));
  };
  const options = { noDelay: true };
  const ports = [
    createServer(options, answer),
    createTlsServer({ ...options, cert, key, minVersion: "TLSv1.3" }, answer),
  ].map(listening);
  return [(await ports[0]) ?? 0, (await ports[1]) ?? 0];
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as { port: number }).port;
}

/** Asks for one result after another. Returns a function that receives as many as it is told to. */
export async function openBare(port: number, ca?: string): Promise<(count: number) => Promise<void>> {
  const host = "127.0.0.1";
  const isPlain = ca === undefined;
  const socket = isPlain ? connect({ port, host, noDelay: true }) : tlsConnect({ port, host, ca });
  await once(socket, isPlain ? "connect" : "secureConnect");
  socket.setNoDelay();
  let missing = 0;
  let next: () => void = () => undefined;
  socket.on("data", ({ length }) => {
    missing -= length;
    if (missing === 0) next();
  });
  return async (count) => {
    for (let i = 0; i < count; i++) {
      missing = bulk;
      await new Promise<void>((resolve) => {
        next = resolve;
        socket.write("?");
      });
    }
  };
}
