// A socket whose calls block the thread: connect, send and receive of the C library, through koffi. Linux only.
import { constants, networkInterfaces } from "node:os";
import { getSystemErrorName } from "node:util";
import { version6Bytes } from "./ip-bytes.js";
import { type Koffi, requireKoffi } from "./native.js";

/** The functions of the C library that are used. */
export interface SocketCalls {
  socket(family: number, type: number, protocol: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  close(fd: number): number;
  errno(): number;
}

/** The address of a socket, with its IP address already known. */
export type SocketPlace =
  | { readonly kind: "tcp" | "udp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** Undefined if koffi is not installed or does not work here. Never throws. */
export function loadSocketCalls(): SocketCalls | undefined {
  const koffi = requireKoffi();
  if (koffi === undefined) return undefined;
  try {
    return callsOf(koffi);
  } catch {
    return undefined;
  }
}

function callsOf(koffi: Koffi): SocketCalls {
  const library = koffi.load(null);
  const declare = (text: string) => library.func(text) as never;
  return {
    socket: declare("int socket(int family, int type, int protocol)"),
    connect: declare("int connect(int fd, const uint8_t *address, uint32_t length)"),
    send: declare("int64_t send(int fd, const uint8_t *bytes, size_t length, int flags)"),
    recv: declare("int64_t recv(int fd, _Out_ uint8_t *bytes, size_t length, int flags)"),
    setsockopt: declare("int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)"),
    close: declare("int close(int fd)"),
    errno: () => koffi.errno(),
  };
}

export const families = { unix: 1, ipv4: 2, ipv6: 10 } as const;
export const types = { stream: 1, datagram: 2, closeOnExec: 0o2000000 } as const;
const solSocket = 1;
/** SO_RCVTIMEO and SO_SNDTIMEO. The second applies to connecting, too. */
const timeLimits = [20, 21] as const;
const protocolTcp = 6;
const tcpNoDelay = 1;
const flags = { peek: 2, doNotWait: 0x40, noSignal: 0x4000 } as const;
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The outcome of a call: a number of bytes (0: the other end has closed), or "late" if the time was up, or `longestWait`. */
export type Moved = number | "late";

/** Milliseconds. A thread that is terminated ends between two calls of the system: nothing else ends a call. */
export const longestWait = 500;

/** One connected socket. All its methods throw the system's error, with its `code`. */
export class BlockingSocket {
  readonly #calls: SocketCalls;
  readonly #fd: number;
  readonly #place: SocketPlace;
  /** Milliseconds: the limit that the system has now for a call on the socket. 0: none. */
  #limit = 0;
  #closed = false;

  /** Opens a socket. Connects nothing. */
  constructor(calls: SocketCalls, place: SocketPlace) {
    this.#calls = calls;
    this.#place = place;
    const family = place.kind === "unix" ? families.unix : place.host.includes(":") ? families.ipv6 : families.ipv4;
    const type = place.kind === "udp" ? types.datagram : types.stream;
    this.#fd = calls.socket(family, type | types.closeOnExec, 0);
    if (this.#fd < 0) throw this.#error("socket");
    if (place.kind !== "tcp") return;
    try {
      this.#set(protocolTcp, tcpNoDelay, Int32Array.of(1));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Connects within this many milliseconds. Returns false if the time was up. */
  connect(milliseconds: number): boolean {
    this.#limitTo(milliseconds);
    const address = addressBytes(this.#place);
    for (;;) {
      if (this.#calls.connect(this.#fd, address, address.length) === 0) return true;
      const error = this.#error("connect");
      // EISCONN: it was connected while a signal interrupted the call before.
      if (error.code === "EISCONN") return true;
      if (isLate(error)) return false;
      if (error.code !== "EINTR" && error.code !== "EALREADY") throw error;
    }
  }

  /** Sends some of `bytes`, or all of a datagram, which takes no time: the limit may then be left out. */
  send(bytes: Uint8Array, milliseconds?: number): Moved {
    if (milliseconds !== undefined) this.#limitTo(Math.min(milliseconds, longestWait));
    return this.#moved("send", () => this.#calls.send(this.#fd, bytes, bytes.length, flags.noSignal));
  }

  /** Sends what the system takes at once. */
  sendNow(bytes: Uint8Array): Moved {
    const how = flags.noSignal | flags.doNotWait;
    return this.#moved("send", () => this.#calls.send(this.#fd, bytes, bytes.length, how));
  }

  /** Waits for bytes. */
  receive(into: Uint8Array, milliseconds: number): Moved {
    this.#limitTo(Math.min(milliseconds, longestWait));
    return this.#moved("recv", () => this.#calls.recv(this.#fd, into, into.length, 0));
  }

  /** True if the other end has closed or reset the connection. Does not wait, and takes no bytes. */
  hasEnded(): boolean {
    const count = this.#calls.recv(this.#fd, oneByte, 1, flags.peek | flags.doNotWait);
    return count === 0 || (count < 0 && !isLate(this.#error("recv")));
  }

  /** Gives the descriptor back. Harmless if it was closed before. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#calls.close(this.#fd);
  }

  #moved(name: string, call: () => number): Moved {
    for (;;) {
      const count = call();
      if (count >= 0) return count;
      const error = this.#error(name);
      if (isLate(error)) return "late";
      if (error.code !== "EINTR") throw error;
    }
  }

  /** A limit that is a little shorter is as good, because the caller looks at the clock: setting it costs a call. */
  #limitTo(milliseconds: number): void {
    const wanted = Math.ceil(Math.max(1, Math.min(milliseconds, longestLimit)));
    const set = this.#limit;
    if (set <= wanted && set >= wanted * 0.75) return;
    const value = BigInt64Array.of(BigInt(Math.floor(wanted / 1000)), BigInt((wanted % 1000) * 1000));
    for (const name of timeLimits) this.#set(solSocket, name, value);
    this.#limit = wanted;
  }

  #set(level: number, name: number, value: Int32Array | BigInt64Array): void {
    const bytes = new Uint8Array(value.buffer);
    if (this.#calls.setsockopt(this.#fd, level, name, bytes, bytes.length) !== 0) throw this.#error("setsockopt");
  }

  #error(call: string): NodeJS.ErrnoException {
    const errno = this.#calls.errno();
    const code = errno === EINPROGRESS ? "EINPROGRESS" : getSystemErrorName(-errno);
    const { kind } = this.#place;
    const where = kind === "unix" ? this.#place.path : `${this.#place.host}:${this.#place.port}`;
    return Object.assign(new Error(`${call} ${code} ${where}`), { code, errno: -errno, syscall: call });
  }
}

/** Milliseconds: a week. The system takes no number above 2^63 microseconds. */
const longestLimit = 604_800_000;
const oneByte = new Uint8Array(1);
/** Has no name in `getSystemErrorName`. */
const { EINPROGRESS } = constants.errno;

/** EAGAIN; connecting says EINPROGRESS. */
function isLate({ code }: NodeJS.ErrnoException): boolean {
  return code === "EAGAIN" || code === "EWOULDBLOCK" || code === "EINPROGRESS";
}

/** `struct sockaddr_in`, `sockaddr_in6` or `sockaddr_un`. */
export function addressBytes(place: SocketPlace): Uint8Array {
  if (place.kind === "unix") return withFamily(families.unix, Buffer.from(`${place.path}\0`));
  const port = Buffer.of(place.port >>> 8, place.port & 255);
  if (!place.host.includes(":")) {
    const rest = Buffer.alloc(12);
    rest.set(place.host.split(".").map(Number));
    return withFamily(families.ipv4, Buffer.concat([port, rest]));
  }
  const scope = new Uint8Array(Uint32Array.of(scopeOf(place.host)).buffer);
  return withFamily(families.ipv6, Buffer.concat([port, Buffer.alloc(4), version6Bytes(place.host), scope]));
}

/** The number of the interface of a link-local address: "fe80::1%eth0". */
function scopeOf(host: string): number {
  const [, name] = host.split("%");
  if (name === undefined) return 0;
  const found = networkInterfaces()[name]?.find(({ family }) => family === "IPv6");
  return (found?.family === "IPv6" ? found.scopeid : undefined) ?? (Number(name) || 0);
}

function withFamily(family: number, rest: Uint8Array): Uint8Array {
  return Buffer.concat([isLittleEndian ? Buffer.of(family, 0) : Buffer.of(0, family), rest]);
}
