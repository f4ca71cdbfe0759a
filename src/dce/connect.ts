// Connections over TCP.
import { connect, type Socket } from "node:net";
import { noDescriptors } from "../base/no-descriptors.js";
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
      explained(error).then(reject);
    });
    socket.once("connect", () => {
      settled();
      resolve(socket);
    });
  });
}

/** The system's error with what to do; as it is if the code for that cannot be loaded. */
async function explained(cause: NodeJS.ErrnoException): Promise<Error> {
  // Without file descriptors the system says of every host name that it is not known.
  const error = cause.syscall === "getaddrinfo" ? (noDescriptors() ?? cause) : cause;
  try {
    const { explain } = await import("../transport/connect-failures.js");
    return Object.assign(new Error(explain(error), { cause: error }), { code: error.code });
  } catch {
    return error;
  }
}
