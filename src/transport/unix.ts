// Unix sockets: the stream transport over a path, and the handling of the socket file.
import { chmod, lstat, unlink } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { type Address, checkUnixPath, formatAddress } from "./address-forms.js";
import type { Connection, Listener, SocketHandle } from "./connection.js";
import { TransportError } from "./errors.js";
import { type ListenOptions, listenStream } from "./stream-listener.js";
import { explained, unixInfo } from "./unix-socket.js";

/** Options of a Unix socket listener. */
export interface UnixListenOptions extends ListenOptions {
  /** Path of the socket file. A file left by a dead server is replaced, one of a running server never. */
  readonly path: string;
  /** Permissions of the socket file, such as 0o600; set right after it is created. Default: according to the umask. */
  readonly mode?: number;
}

/** @throws TransportError TRANSPORT_LISTEN_FAILED, or TRANSPORT_BAD_ADDRESS for a path too long. */
export async function listenUnix(
  onConnection: (connection: Connection) => void,
  options: UnixListenOptions,
): Promise<Listener> {
  const { path, mode, fd } = options;
  checkUnixPath(path);
  const address: Address = { kind: "unix", path };
  const target = {
    name: formatAddress(address),
    listen: fd === undefined ? { path } : { fd },
    server: {},
    address: () => address,
    info: (socket: Socket) => ({ ...unixInfo(path), handle: () => handleOf(socket) }),
  };
  const listen = (): Promise<Listener> => listenStream(target, onConnection, options);
  const listener = await listen()
    .catch(async (error: Error) => {
      if (
        fd !== undefined ||
        (error.cause as NodeJS.ErrnoException | undefined)?.code !== "EADDRINUSE" ||
        !(await isStale(path))
      )
        throw error;
      await unlink(path).catch(() => {});
      return listen();
    })
    .catch((error) => explained(path, error));
  if (mode !== undefined && fd === undefined) await setMode(listener, path, mode);
  return listener;
}

/** The handle of a socket while it is open. */
export function handleOf(socket: Socket): SocketHandle | undefined {
  const handle = (socket as unknown as { readonly _handle: Partial<SocketHandle> | null })._handle;
  return handle?.fd !== undefined && handle.fd >= 0 ? (handle as SocketHandle) : undefined;
}

/** A socket file on which no server listens any more. Any other file at the path is kept. */
export async function isStale(path: string): Promise<boolean> {
  const file = await lstat(path).catch(() => undefined);
  if (!file?.isSocket()) return file === undefined;
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}

async function setMode(listener: Listener, path: string, mode: number): Promise<void> {
  try {
    await chmod(path, mode);
  } catch (cause) {
    await listener.close();
    throw new TransportError("TRANSPORT_LISTEN_FAILED", `cannot set the mode of ${path}`, { cause });
  }
}
