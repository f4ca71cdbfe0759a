// Paths of Unix sockets. The code that opens the sockets is loaded at the first use.
import { TransportError } from "./errors.js";

/** The longest path of a Unix socket, in bytes: the size of `sun_path` less its final zero. */
export const longestUnixPath = process.platform === "linux" ? 107 : 103;

/** @throws TransportError TRANSPORT_BAD_ADDRESS */
export function checkUnixPath(path: string): void {
  const length = Buffer.byteLength(path);
  if (length <= longestUnixPath) return;
  const message = `the socket path ${path} has ${length} bytes, but the system takes ${longestUnixPath}: use a shorter one`;
  throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
}
