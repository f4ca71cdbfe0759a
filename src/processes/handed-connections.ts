// A worker's schemes: TCP and Unix sockets whose connections the supervisor has accepted, and UDP sockets that the worker
// inherits. When the worker leaves, open connections go back to the supervisor, between two records, for another worker.
import type { Socket as DatagramSocket } from "node:dgram";
import type { Server as NetServer, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Address, formatAddress } from "../transport/address.js";
import { tcpInfo } from "../transport/address-forms.js";
import type { Connection } from "../transport/connection.js";
import { type Framing, type MessageParser, recordMarking } from "../transport/framing.js";
import type { Scheme } from "../transport/schemes/scheme.js";
import { listenStream } from "../transport/stream-listener.js";
import { handleOf } from "../transport/unix.js";
import { unixInfo } from "../transport/unix-socket.js";
import type { RawStream } from "../transport/upgrade.js";
import type { ConnectionNote, ServedAddress } from "./served-messages.js";
import { type DatagramHandle, datagramHandle, stopReading } from "./socket-handles.js";

/** The worker that has the connections. */
export interface ConnectionHolder {
  /** Gives a connection to the supervisor. Resolves when its descriptor has left this process. */
  giveBack(socket: Socket, note: ConnectionNote): Promise<void>;
  connectionEnded(): void;
}

/** The connections of one address. */
export class HandedConnections {
  /** The address's number. */
  readonly #at: number;
  readonly #address: ServedAddress & { readonly kind: "tcp" | "unix" };
  readonly #holder: ConnectionHolder;
  readonly #servers: { fresh?: NetServer; begun?: NetServer } = {};
  /** Set when the worker leaves. */
  leaving = false;

  constructor(at: number, address: ServedAddress & { readonly kind: "tcp" | "unix" }, holder: ConnectionHolder) {
    this.#at = at;
    this.#address = address;
    this.#holder = holder;
  }

  /** "fresh": connections of which nothing was read. "begun": those that another worker had; they need other sockets. */
  scheme(kind: "fresh" | "begun"): Scheme {
    const address: Address = this.#address;
    let parser: MessageParser | undefined;
    let gate: Gate | undefined;
    let reader: Socket | undefined;
    const framing: Framing = {
      ...recordMarking,
      parser(sink, limits) {
        const own = new Gate((bytes, start, end, owned) => sink.record(bytes, start, end, owned));
        gate = own;
        parser = recordMarking.parser({ record: own.record, failed: (error) => sink.failed(error) }, limits);
        return parser;
      },
    };
    const target = {
      name: formatAddress(address),
      listen: (server: NetServer) => {
        this.#servers[kind] = server;
      },
      server: {},
      address: () => address,
      info: (socket: Socket) => {
        reader = socket;
        socket.once("close", () => this.#holder.connectionEnded());
        return address.kind === "unix"
          ? { ...unixInfo(address.path), handle: () => handleOf(socket) }
          : tcpInfo(socket);
      },
    };
    return {
      name: address.kind,
      example: "",
      parse: () => address,
      fits: () => true,
      connect: () => Promise.reject(new Error("not a client's scheme")),
      listen: (_, onConnection, options) =>
        listenStream(
          target,
          (connection) => {
            const own = { connection, socket: reader as Socket, parser: parser as MessageParser, gate: gate as Gate };
            const close = connection.close.bind(connection);
            connection.close = () => (this.leaving ? this.#handBack(own, close) : close());
            Object.defineProperty(connection, "isHandedOver", { get: () => this.leaving });
            onConnection(connection);
          },
          { ...options, framing, reuseReadBuffer: kind === "fresh" },
        ),
    };
  }

  /** Serves a connection. */
  take(socket: Socket, note: ConnectionNote): void {
    const { rest } = note;
    if (this.leaving) {
      void this.#holder.giveBack(socket, note).then(() => this.#holder.connectionEnded());
      return;
    }
    const isFresh = rest === undefined;
    const server = isFresh ? this.#servers.fresh : this.#servers.begun;
    if (server === undefined) {
      socket.destroy();
      this.#holder.connectionEnded();
      return;
    }
    if (!isFresh) {
      if (rest.length > 0) socket.unshift(Buffer.from(rest));
    }
    server.emit("connection", socket);
  }

  /** The connection is paused, and no call of it runs. */
  async #handBack(own: Own, close: () => Promise<void>): Promise<void> {
    const { connection, socket, parser, gate } = own;
    if (parser.midRecord) await gate.untilRecord(connection, socket);
    if (socket.destroyed || connection.upgrade === undefined) return close();
    await connection
      .upgrade(async (raw) => {
        stopReading(socket);
        const rest = [...gate.kept, ...bytesOf(raw), ...bytesOf(socket)];
        // Otherwise the end of a turn would read on.
        (raw as Partial<RawStream>).wanted = false;
        await this.#holder.giveBack(socket, { at: this.#at, rest: Buffer.concat(rest) });
        connection.destroy();
        return raw;
      })
      // It is destroyed, as it should be.
      .catch(() => undefined);
  }
}

interface Own {
  readonly connection: Connection;
  readonly socket: Socket;
  readonly parser: MessageParser;
  readonly gate: Gate;
}

/** Passes records on, or keeps the last one of a connection that goes back. */
class Gate {
  readonly kept: Buffer[] = [];
  readonly #pass: (bytes: Uint8Array, start: number, end: number, owned: boolean) => void;
  #keep: (() => void) | undefined;

  constructor(pass: (bytes: Uint8Array, start: number, end: number, owned: boolean) => void) {
    this.#pass = pass;
  }

  readonly record = (bytes: Uint8Array, start: number, end: number, owned: boolean): void => {
    if (this.#keep === undefined) {
      this.#pass(bytes, start, end, owned);
      return;
    }
    const mark = Buffer.alloc(4);
    recordMarking.mark(new DataView(mark.buffer, mark.byteOffset), 0, end - start);
    this.kept.push(mark, Buffer.from(bytes.subarray(start, end)));
    this.#keep();
  };

  /** Reads a paused connection to the end of the record that has begun, and keeps that record. */
  untilRecord(connection: Connection, socket: Socket): Promise<void> {
    return new Promise((resolve) => {
      socket.once("close", () => resolve());
      this.#keep = () => {
        connection.pause();
        resolve();
      };
      connection.resume();
    });
  }
}

/** Bytes that a stream has read and not passed on. Nothing more is read for them. */
function bytesOf(stream: Duplex): Buffer[] {
  stream._read = () => undefined;
  const bytes = stream.read() as Buffer | null;
  return bytes === null ? [] : [bytes];
}

/** The scheme of a UDP socket that this process inherits. `onHandle` gets what stops its reading, on versions of Node that have it. */
export function inheritedUdp(
  address: ServedAddress & { readonly kind: "udp" },
  onHandle: (handle: DatagramHandle) => void,
): Scheme {
  const { host, port, descriptor } = address;
  return {
    name: "udp",
    example: "",
    parse: () => ({ kind: "udp", host, port }),
    fits: () => true,
    connect: () => Promise.reject(new Error("not a client's scheme")),
    async listen(_, onConnection, options) {
      const { listenUdp } = await import("../transport/udp-listener.js");
      const onBound = (socket: DatagramSocket): void => {
        const handle = datagramHandle(socket);
        if (handle !== undefined) onHandle(handle);
      };
      return listenUdp(onConnection, { ...options, host, port, fd: descriptor, perAddress: false, onBound });
    },
  };
}
