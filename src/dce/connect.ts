// Connections over TCP.
import { connect, type Socket } from "node:net";
import type { DceAddress } from "./target.js";

export function connectTcp({ host, port }: DceAddress): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
