// The supervisor's end of the addresses of `serve`: it accepts the connections of TCP and Unix sockets and reads nothing of them;
// it binds UDP sockets, which the workers inherit, and reads nothing from them either. With `reusePort` the workers inherit all sockets.
import type { Socket as DatagramSocket } from "node:dgram";
import { chmod, unlink } from "node:fs/promises";
import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { type Address, formatAddress, netidOf } from "../transport/address-forms.js";
import { TransportError } from "../transport/errors.js";
import { listenFailed } from "../transport/listen-failed.js";
import { bindAlone } from "../transport/udp-socket.js";
import { isStale } from "../transport/unix.js";
import { explained } from "../transport/unix-socket.js";
import { firstDescriptor } from "./child.js";
import { connectionOptions } from "./connection-options.js";
import type { Opened, PortAddress } from "./opened.js";
import type { ServedAddress } from "./served-messages.js";
import { datagramHandle } from "./socket-handles.js";
import { bindWhenFree, type TakenOptions } from "./taken-port.js";

export interface OpenOptions extends TakenOptions {
  /** Permissions of Unix sockets. */
  readonly mode: number | undefined;
  readonly backlog: number | undefined;
  /** Whether each worker has sockets of its own. */
  readonly reusePort: boolean;
  /** A connection that was accepted at the address with this number. It is paused. */
  readonly accepted: (socket: Socket, at: number) => void;
}

/** @throws TransportError TRANSPORT_LISTEN_FAILED; nothing stays open then. */
export async function openAll(addresses: readonly Address[], options: OpenOptions): Promise<readonly Opened[]> {
  const opened: Opened[] = [];
  const bound = new Map<Address, DatagramSocket>();
  try {
    // Clients must not connect while this waits.
    for (const address of addresses)
      if (waitsFor(address, options)) bound.set(address, await bindWhenFree(address, options));
    let descriptor = firstDescriptor;
    for (const [at, address] of addresses.entries()) {
      // One port for TCP and UDP, if any port is wanted.
      const wanted = samePort(address, opened);
      if (options.reusePort && wanted.kind !== "unix") {
        const { openOwnSockets } = await import("./own-sockets.js");
        opened.push(await openOwnSockets(wanted as PortAddress, descriptor++, options.backlog));
      } else if (wanted.kind === "udp") {
        const socket = bound.get(address) ?? (await bindAlone(wanted as PortAddress));
        bound.delete(address);
        opened.push(openUdp(socket, descriptor++));
      } else opened.push(await openStream(wanted, at, options));
    }
    return opened;
  } catch (error) {
    for (const socket of bound.values()) socket.close();
    await Promise.all(opened.map((one) => one.close()));
    throw error;
  }
}

function waitsFor(address: Address, { reusePort }: OpenOptions): address is PortAddress {
  return address.kind === "udp" && !reusePort && (address as PortAddress).port !== 0;
}

function samePort(address: Address, opened: readonly Opened[]): Address {
  if (!("port" in address) || address.port !== 0) return address;
  const other = opened.find(
    (one) => "port" in one.address && one.address.host === address.host && one.address.kind !== address.kind,
  );
  return other !== undefined && "port" in other.address ? { ...address, port: other.address.port } : address;
}

async function openStream(address: Address, at: number, options: OpenOptions): Promise<Opened> {
  const server = createServer(connectionOptions, (socket) => {
    socket.on("error", () => undefined);
    options.accepted(socket, at);
  });
  const served = await listenAt(server, address, options);
  // Without descriptors Node cannot accept; it tries again.
  server.on("error", () => undefined);
  return {
    served,
    address: served as Address,
    netid: netidOf(served as Address),
    // The callback of `close` would wait for the connections, which the workers have.
    close() {
      server.close();
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
}

async function listenAt(server: Server, address: Address, { mode, backlog }: OpenOptions): Promise<ServedAddress> {
  const more = backlog === undefined ? {} : { backlog };
  if (address.kind === "unix") {
    const { path } = address as { readonly path: string };
    try {
      await listening(server, address, { path, ...more });
    } catch (error) {
      const { code } = (error as Error).cause as NodeJS.ErrnoException;
      if (code !== "EADDRINUSE" || !(await isStale(path))) return explained(path, error as TransportError);
      await unlink(path).catch(() => undefined);
      await listening(server, address, { path, ...more });
    }
    if (mode !== undefined) await chmod(path, mode);
    return { kind: "unix", path };
  }
  const { host, port } = address as { readonly host: string; readonly port: number };
  await listening(server, address, { host, port, exclusive: true, ...more });
  const bound = server.address() as { readonly address: string; readonly port: number };
  return { kind: "tcp", host: bound.address, port: bound.port };
}

function listening(server: Server, address: Address, where: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => {
      server.removeAllListeners("listening");
      reject(listenFailed(formatAddress(address), cause));
    };
    server.once("error", failed);
    try {
      server.listen(where, () => {
        server.off("error", failed);
        resolve();
      });
    } catch (cause) {
      failed(cause as Error);
    }
  });
}

/** @throws TransportError TRANSPORT_LISTEN_FAILED */
function openUdp(socket: DatagramSocket, descriptor: number): Opened {
  const handle = datagramHandle(socket);
  const { address: host, port } = socket.address();
  const where: Address = { kind: "udp", host, port };
  if (handle === undefined) {
    socket.close();
    const message = `cannot share ${formatAddress(where)} with worker processes on this version of Node`;
    throw new TransportError("TRANSPORT_LISTEN_FAILED", message);
  }
  handle.recvStop();
  const served = { kind: "udp", host, port, descriptor } as const;
  return {
    served,
    descriptorFor: () => handle.fd,
    address: where,
    netid: netidOf(where),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
