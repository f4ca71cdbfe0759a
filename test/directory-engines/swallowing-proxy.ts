// A network that can swallow everything: connections stay open, and nothing comes through.
import { connect, createServer, type Socket } from "node:net";

export interface SwallowingProxy extends AsyncDisposable {
  readonly port: number;
  isSwallowing: boolean;
  /** How many pieces of data its clients have sent. */
  readonly sent: number;
  /** Ends all connections, and those that are made until `mend`. */
  cut(): void;
  mend(): void;
}

export async function startProxy(target: number): Promise<SwallowingProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let sent = 0;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(target, "127.0.0.1");
    near.on("data", () => sent++);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => proxy.isSwallowing || to.write(chunk));
      from.on("error", () => from.destroy());
      from.on("close", () => {
        sockets.delete(from);
        if (!proxy.isSwallowing) to.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const proxy: SwallowingProxy = {
    port: (server.address() as { port: number }).port,
    isSwallowing: false,
    get sent() {
      return sent;
    },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return proxy;
}
