// Binds the sockets of a UDP listener. Sockets for the wildcard address and for single addresses can have the same port
// only if all of them share it.
import cluster from "node:cluster";
import type { Socket } from "node:dgram";
import { formatAddress } from "./address-forms.js";
import { datagramSocket, type SocketSharing } from "./datagram-socket.js";
import { listenFailed } from "./listen-failed.js";

/** How often another free port is tried, if another process has taken the previous one meanwhile. */
const mostAttempts = 10;

/** The bound address. */
export interface BindTarget {
  readonly host: string;
  readonly port: number;
  readonly ipv6Only?: boolean | undefined;
  readonly fd?: number | undefined;
}

/**
 * How sockets of this process can share a port on this system; undefined if they cannot. SO_REUSEPORT is limited to
 * sockets of one user; Node has it from 22.12 on. SO_REUSEADDR, before that, is open to all users; systemd's sockets
 * have it.
 */
export function portSharing(isInherited: boolean): SocketSharing | undefined {
  // A worker of node:cluster shares the socket of its primary.
  if (process.platform !== "linux" || cluster.isWorker) return undefined;
  if (isInherited) return { reuseAddr: true };
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const hasReusePort = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
  return hasReusePort ? { reusePort: true } : { reuseAddr: true };
}

/** @throws TransportError TRANSPORT_LISTEN_FAILED */
export async function bindAlone(target: BindTarget): Promise<Socket> {
  const { host, port } = target;
  try {
    if (!(port >= 0 && port <= 65_535)) throw new RangeError(`port ${port} is not 0 to 65535`);
    return await bound(target);
  } catch (cause) {
    throw listenFailed(formatAddress({ kind: "udp", host, port }), cause as Error);
  }
}

/**
 * A socket that shares its port with the other sockets of this listener, and with no others: the port was free just
 * before.
 * @throws TransportError TRANSPORT_LISTEN_FAILED
 */
export async function bindShared(target: BindTarget, sharing: SocketSharing): Promise<Socket> {
  for (let attempt = 1; ; attempt++) {
    const probe = await bindAlone(target);
    const { port } = probe.address();
    await new Promise<void>((resolve) => probe.close(() => resolve()));
    try {
      return await bound({ ...target, port }, sharing);
    } catch {
      // Another process has taken the port meanwhile: the next probe reports that, or finds another free port.
      if (attempt >= mostAttempts) return bindAlone(target);
    }
  }
}

/** @throws the system's error. */
function bound(target: BindTarget, sharing?: SocketSharing): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = datagramSocket(target.host, target.ipv6Only, sharing);
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.once("listening", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
    bind(socket, target, sharing !== undefined);
  });
}

/** May emit "listening" or "error" at once, because no name is looked up. */
function bind(socket: Socket, { host, port, fd }: BindTarget, exclusive: boolean): void {
  if (fd !== undefined) socket.bind({ fd, exclusive: true });
  else if (exclusive) socket.bind({ port, address: host, exclusive: true });
  else socket.bind(port, host);
}

/** A socket that shares the port of others. `failed` is called, in a later turn, if it cannot be bound. */
export function bindBeside(host: string, port: number, sharing: SocketSharing, failed: (error: Error) => void): Socket {
  const socket = datagramSocket(host, false, sharing);
  socket.on("error", (error) => setImmediate(failed, error));
  bind(socket, { host, port }, true);
  return socket;
}
