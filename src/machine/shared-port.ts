// Bound sockets that share one port (SO_REUSEPORT): the system spreads connections and datagrams over them by the caller's address. Only
// sockets of one user can share a port. Through koffi, because Node before 22.12 cannot, and because Node has no TCP socket that
// listens without accepting. Linux only.
import { getSystemErrorName } from "node:util";
import { addressBytes, families, type SocketPlace, types } from "./blocking-socket.js";
import { type Koffi, requireKoffi } from "./native.js";

/** A bound socket. A TCP socket listens, and accepts nothing here. */
export interface PortSocket {
  readonly fd: number;
  readonly port: number;
  /** Gives the descriptor back. Other processes keep theirs. */
  close(): void;
}

/** The address of a socket that shares its port. With port 0 the system chooses. */
export type PortPlace = SocketPlace & { readonly kind: "tcp" | "udp" };

/** Opens a socket. `backlog`: the most connections that wait to be accepted. @throws the error of the system, with its `code`. */
export type OpenPortSocket = (place: PortPlace, backlog: number) => PortSocket;

const solSocket = 1;
const soReuseAddr = 2;
const soReusePort = 15;
const longestAddress = 28;

/** Undefined if koffi is not installed or does not work here. Never throws. */
export function loadPortSockets(): OpenPortSocket | undefined {
  const koffi = requireKoffi();
  if (koffi === undefined) return undefined;
  try {
    return openerOf(koffi);
  } catch {
    return undefined;
  }
}

function openerOf(koffi: Koffi): OpenPortSocket {
  const library = koffi.load(null);
  const socket = library.func("int socket(int family, int type, int protocol)");
  const setsockopt = library.func("int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)");
  const bind = library.func("int bind(int fd, const uint8_t *address, uint32_t length)");
  const listen = library.func("int listen(int fd, int backlog)");
  const getsockname = library.func("int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint32_t *length)");
  const close = library.func("int close(int fd)");
  const on = new Uint8Array(Int32Array.of(1).buffer);
  return (place, backlog) => {
    const check = (result: number, call: string): void => {
      if (result >= 0) return;
      const code = getSystemErrorName(-koffi.errno());
      throw Object.assign(new Error(`${call} ${code} ${place.host}:${place.port}`), { code, syscall: call });
    };
    const type = place.kind === "udp" ? types.datagram : types.stream;
    const fd = socket(place.host.includes(":") ? families.ipv6 : families.ipv4, type | types.closeOnExec, 0);
    check(fd, "socket");
    try {
      // A port whose last connections are not forgotten yet can be bound again, as Node does it.
      if (place.kind === "tcp") check(setsockopt(fd, solSocket, soReuseAddr, on, on.length), "setsockopt");
      check(setsockopt(fd, solSocket, soReusePort, on, on.length), "setsockopt");
      const address = addressBytes(place);
      check(bind(fd, address, address.length), "bind");
      if (place.kind === "tcp") check(listen(fd, backlog), "listen");
      const bound = Buffer.alloc(longestAddress);
      check(getsockname(fd, bound, [bound.length]), "getsockname");
      return { fd, port: bound.readUInt16BE(2), close: () => void close(fd) };
    } catch (error) {
      close(fd);
      throw error;
    }
  };
}
