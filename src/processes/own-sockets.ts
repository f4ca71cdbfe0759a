// The sockets of `serve` with `reusePort`: one for each worker's place, which the workers of that place inherit one after the other. Connections
// and datagrams that the system has given to a socket wait in it while its worker is replaced.
import { loadPortSockets, type OpenPortSocket, type PortSocket } from "../machine/shared-port.js";
import { type Address, formatAddress, netidOf } from "../transport/address-forms.js";
import { TransportError } from "../transport/errors.js";
import { hostAddresses } from "../transport/host-addresses.js";
import { listenFailed } from "../transport/listen-failed.js";
import type { Opened, PortAddress } from "./opened.js";

/** Connections that wait to be accepted, if no number is given: as Node. */
const usualBacklog = 511;

/** Milliseconds for the name of the host. */
const longestLookUp = 10_000;

/** @throws TransportError TRANSPORT_LISTEN_FAILED. */
export async function openOwnSockets(
  address: PortAddress,
  descriptor: number,
  backlog = usualBacklog,
): Promise<Opened> {
  const open = loadPortSockets();
  if (open === undefined) throw failed(address, "reusePort needs Linux and the package koffi: npm install koffi");
  const [host = address.host] = await hostAddresses(address.host, { time: longestLookUp }).catch((cause: Error) => {
    throw failed(address, cause.message, cause);
  });
  const sockets = new OwnSockets(open, { ...address, host }, backlog);
  // The first worker's socket finds a free port, and reports that an address cannot be used.
  sockets.descriptorFor(1);
  const { port } = sockets;
  const where = { kind: address.kind as "tcp" | "udp", host, port };
  return {
    served: { ...where, descriptor },
    address: where,
    netid: netidOf(where),
    descriptorFor: (place) => sockets.descriptorFor(place),
    release: (place) => sockets.release(place),
    close: async () => sockets.close(),
  };
}

class OwnSockets {
  readonly #open: OpenPortSocket;
  readonly #address: PortAddress;
  readonly #backlog: number;
  readonly #sockets = new Map<number, PortSocket>();
  port: number;

  constructor(open: OpenPortSocket, address: PortAddress, backlog: number) {
    this.#open = open;
    this.#address = address;
    this.#backlog = backlog;
    this.port = address.port;
  }

  descriptorFor(place: number): number {
    let socket = this.#sockets.get(place);
    if (socket === undefined) {
      const { kind, host } = this.#address;
      try {
        socket = this.#open({ kind: kind as "tcp" | "udp", host, port: this.port }, this.#backlog);
      } catch (cause) {
        throw listenFailed(formatAddress(this.#address), cause as Error);
      }
      this.port = socket.port;
      this.#sockets.set(place, socket);
    }
    return socket.fd;
  }

  /** The place is not needed any more. Its last worker keeps the socket until it has left. */
  release(place: number): void {
    this.#sockets.get(place)?.close();
    this.#sockets.delete(place);
  }

  close(): void {
    for (const place of [...this.#sockets.keys()]) this.release(place);
  }
}

function failed(address: Address, why: string, cause?: unknown): TransportError {
  const message = `cannot listen on ${formatAddress(address)}: ${why}`;
  return new TransportError("TRANSPORT_LISTEN_FAILED", message, { cause });
}
