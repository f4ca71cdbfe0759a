// Connections over TCP.
import { connect, type Socket } from "node:net";
import type { DceAddress } from "./target.js";

/** Connects, until `signal` is aborted. Afterwards it no longer matters to the socket. */
export function connectTcp({ host, port }: DceAddress, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = connect({ host, port, noDelay: true });
    const given = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", given, { once: true });
    const settled = (): void => signal.removeEventListener("abort", given);
    socket.once("error", (error) => {
      settled();
      reject(error);
    });
    socket.once("connect", () => {
      settled();
      resolve(socket);
    });
  });
}
