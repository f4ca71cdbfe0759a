// Connecting to Unix sockets. Loaded with the first of them.

import { checkUnixPath } from "./address-forms.js";
import { connectBusy } from "./busy-unix.js";
import { type ConnectOptions, connectStream } from "./connect.js";
import { isBusy } from "./connect-failures.js";
import type { Connection } from "./connection.js";
import type { TransportError } from "./errors.js";
import { explained, unixInfo } from "./unix-socket.js";

/** Options of an outgoing Unix socket connection. */
export interface UnixConnectOptions extends ConnectOptions {
  readonly path: string;
}

/**
 * Connects to a path. While the server's queue of connections is full, retries until the time is over.
 * @throws TransportError TRANSPORT_CONNECT_FAILED, TRANSPORT_TIMEOUT, or TRANSPORT_BAD_ADDRESS if the path is too long.
 */
export async function connectUnix(options: UnixConnectOptions): Promise<Connection> {
  const { path } = options;
  checkUnixPath(path);
  const target = { name: `unix:${path}`, socket: { path }, info: () => unixInfo(path) };
  const attempt = (within: ConnectOptions): Promise<Connection> => connectStream(target, within);
  return attempt(options)
    .catch((error: TransportError) => {
      if (!isBusy(error)) throw error;
      return connectBusy(target.name, options, attempt);
    })
    .catch((error) => explained(path, error));
}
