// The connections that a worker has passed to a server of Node which does not listen. What Node does for them only when a server listens is
// done here: the time limits of HTTP, `maxConnections`, and the file descriptors.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server as NetServer, Socket } from "node:net";
import { systemClock } from "../base/clock.js";
import { addressGroup } from "../transport/address-group.js";
import { processDescriptors } from "../transport/descriptors.js";
import { OpenConnections } from "../transport/open-connections.js";

type DescriptorCount = Pick<typeof processDescriptors, "join" | "scarcity" | "makeRoom">;

/** The connections of one server. */
export class AttachedConnections {
  readonly #server: NetServer;
  readonly #descriptors: DescriptorCount;
  readonly #open: OpenConnections<AttachedConnection>;
  readonly #bySocket = new WeakMap<Socket, AttachedConnection>();
  #allEnded = (): void => {};
  #leaving = false;

  /** `descriptors`: by default those of the process. */
  constructor(server: NetServer, descriptors: DescriptorCount = processDescriptors) {
    this.#server = server;
    this.#descriptors = descriptors;
    this.#open = new OpenConnections({
      // It can be set later. Zero is no limit, as in Node.
      get most() {
        return server.maxConnections || Number.POSITIVE_INFINITY;
      },
      mostPerAddress: Number.POSITIVE_INFINITY,
    });
    limitTimesOfHttp(server);
    // The client of a worker that leaves connects again for its next request, and reaches another worker.
    server.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
      this.#countRequest(request, response);
      if (this.#leaving && request.httpVersionMajor === 1) response.setHeader("Connection", "close");
    });
    const open = this.#open;
    descriptors.join({
      get size() {
        return open.size;
      },
      release: () => this.release(),
      // The next look closes connections.
      exhausted: () => {},
    });
  }

  get size(): number {
    return this.#open.size;
  }

  /** Passes a paused connection to the server. */
  take(socket: Socket): void {
    const address = addressGroup(socket.remoteAddress ?? "");
    if (this.#open.fullness(address) !== "free") this.release();
    const scarce = this.#descriptors.scarcity();
    if (scarce !== undefined) this.#descriptors.makeRoom(scarce);
    const connection = new AttachedConnection(socket);
    const place = this.#open.add(connection, address, systemClock.now());
    this.#bySocket.set(socket, connection);
    socket.once("close", () => {
      this.#open.remove(place);
      if (this.#open.size === 0) this.#allEnded();
    });
    this.#server.emit("connection", socket);
    socket.resume();
  }

  /** Closes a connection: of the address with most connections, the one that was idle for longest. @returns false if none is open. */
  release(): boolean {
    const place = this.#open.leaver(undefined);
    if (place === undefined) return false;
    this.#open.remove(place);
    place.connection.socket.destroy();
    return true;
  }

  /** Resolves when all connections have ended. */
  async leave(): Promise<void> {
    this.#leaving = true;
    if (this.#open.size > 0) await new Promise<void>((resolve) => (this.#allEnded = resolve));
  }

  #countRequest({ socket }: IncomingMessage, response: ServerResponse): void {
    const connection = this.#bySocket.get(socket);
    if (connection === undefined) return;
    connection.requests++;
    response.once("close", () => connection.requests--);
  }
}

class AttachedConnection {
  readonly socket: Socket;
  /** Requests of HTTP that were not answered yet. */
  requests = 0;
  #bytes = 0;
  #activeAt = systemClock.now();

  constructor(socket: Socket) {
    this.socket = socket;
  }

  get isBusy(): boolean {
    return this.requests > 0;
  }

  /** Found out when it is asked for, because a listener for data would slow down HTTP. */
  get activeAt(): number {
    const bytes = this.socket.bytesRead + this.socket.bytesWritten;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#activeAt = systemClock.now();
    }
    return this.#activeAt;
  }

  get records(): number {
    return this.requests;
  }
}

/** Node watches `headersTimeout` and `requestTimeout` from the event "listening" on. Its own listener is called alone, because one of the user may ask for the address. */
function limitTimesOfHttp(server: NetServer): void {
  if (server.listening) return;
  for (const listener of server.listeners("listening")) {
    if (listener.name === "setupConnectionsTracking") listener.call(server);
  }
}
