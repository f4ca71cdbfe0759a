// The server: interfaces, listening, limits, the end.

import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { messageOf } from "../base/show.js";
import { waitAtMost } from "../base/wait.js";
import type { Interceptor } from "../rpc/call.js";
import type { DescriptorHolder } from "../transport/descriptors.js";
import { TransportError } from "../transport/errors.js";
import { HostShares } from "../transport/host-shares.js";
import { Refusals } from "../transport/refusals.js";
import { AssociationGroups } from "./association-groups.js";
import { checkServerAuth, type DceServerAuth, serverAuthOptions } from "./auth.js";
import type { RegisterEndpointsOptions } from "./endpoints/register.js";
import { mgmt_v1 } from "./endpoints/system.gen.js";
import type { DceImplementation } from "./implementation.js";
import type { DceInterface, DceOperations } from "./interface.js";
import { managementOf } from "./management.js";
import type { RegisterNameOptions } from "./names.js";
import type { ByteOrder } from "./ndr/codec.js";
import { Scratch } from "./ndr/scratch.js";
import { OpenAssociations } from "./open-associations.js";
import { type Served, servedBy } from "./served.js";
import { type AssociationOptions, ServerAssociation } from "./server-association.js";
import type { Counters } from "./server-calls.js";
import { ServerLoad } from "./server-load.js";
import { type DceAddress, formatBinding, parseAddress } from "./target.js";

/** Options of `DceServer`. */
export interface DceServerOptions {
  /** The byte order in which the server sends. It receives both. Default "little". */
  readonly byteOrder?: ByteOrder;
  /** The most bytes of the arguments or of the results of a call. Default 16 MiB. */
  readonly maxStub?: number;
  /** The most calls of one association at a time. More are refused with the fault tooBusy. Default 64. */
  readonly maxCalls?: number;
  /** The most interfaces of one association, and the most contexts of one association group. Default 100. */
  readonly maxContexts?: number;
  /**
   * The most interfaces of all associations, and the most contexts of all association groups. One address (for IPv6, one /64 network)
   * leaves a fifth to others. Beyond it an interface is refused, and `openContext` throws. Default 16,384.
   */
  readonly totalContexts?: number;
  /**
   * The most connections. At the limit, and when few of the process's file descriptors are left, a new one closes another of the address
   * (for IPv6, the /64 network) that has most: of those for which no operation runs, or else of all, the one that has been silent for
   * longest. Default 1,000.
   */
  readonly maxConnections?: number;
  /**
   * The most bytes that all connections hold: unfinished calls, arguments of operations that run, and results that were not read. At
   * the limit, the connection that holds most is closed, and calls without room get the fault tooBusy. Default 128 MiB.
   */
  readonly maxBytes?: number;
  /**
   * Receives the errors of handlers, whose callers get the fault unspecified, and TransportErrors: connections that were closed because
   * few file descriptors are left, and, once a minute, that new ones are turned away. Default: a warning of the process.
   */
  readonly onError?: (error: unknown) => void;
  /**
   * The authentication of callers and the protection of their calls; `call.identity.principal` is the caller's name. Without this option, a client
   * that requests authentication is refused. Default: none.
   */
  readonly auth?: DceServerAuth;
  /**
   * Functions that run around every call, the first one outermost: the same as those of ONC RPC. They may throw a DceFault, or
   * `refuse` and `deny`, which become faults; an operation whose function was not called yet then did not run. Default: none.
   */
  readonly interceptors?: readonly Interceptor[];
  /** True: clients may ask for the server's interfaces and its number of served calls. Default true. */
  readonly management?: boolean;
}

const optionTable: OptionTable<DceServerOptions> = {
  byteOrder: ["little", "big"],
  maxStub: "count",
  maxCalls: "count",
  maxContexts: "count",
  totalContexts: "count",
  maxConnections: "count",
  maxBytes: "count",
  onError: "function",
  auth: serverAuthOptions,
  interceptors: "functions",
  management: "flag",
};

/** One open port. */
export interface DceListener {
  /** The string binding for clients. */
  readonly address: string;
  /** The port, also if the system chose it. */
  readonly port: number;
}

/**
 * A server of interfaces, over TCP or any stream.
 * @throws TypeError for wrong options.
 * @example
 * const clock: DceInterface<{ read: DceOperation<[], number> }> = {
 *   name: "clock",
 *   uuid: "b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1",
 *   version: 1,
 *   minor: 0,
 *   endpoints: [],
 *   operations: {
 *     read: { name: "read", number: 0, params: [], result: { name: "result", type: { kind: "long" } } },
 *   },
 * };
 * await using server = new DceServer().implement(clock, { read: () => 12 });
 * const { address } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
 * await using client = createDceClient(clock, address);
 * console.log(await client.read()); // 12
 */
export class DceServer implements AsyncDisposable {
  readonly #served = new Map<string, Served[]>();
  readonly #associations = new OpenAssociations();
  readonly #options: DceServerOptions;
  readonly #load: ServerLoad;
  readonly #addresses = new Map<Server, DceAddress>();
  readonly #counters: Counters = { calls: 0, packetsIn: 0, packetsOut: 0 };
  readonly #registrations: AsyncDisposable[] = [];
  readonly #associationOptions: AssociationOptions;
  readonly #refusals = new Refusals((error) => this.#onError(error));
  #whenEmpty: (() => void) | undefined;
  /** Ends its part in `processDescriptors`. */
  #stopWatching: (() => void) | undefined;
  /** There from the first call of `close` or `destroy` on. */
  #closing: Promise<void> | undefined;

  /** Makes a server without interfaces. */
  constructor(options: DceServerOptions = {}) {
    checkOptions(optionTable, options);
    if (options.auth !== undefined) checkServerAuth(options.auth);
    this.#options = options;
    this.#load = new ServerLoad(options.maxBytes ?? defaultMaxBytes);
    const { byteOrder, maxStub = 16 * 1024 * 1024, maxCalls = 64, auth } = options;
    const { maxContexts = 100, totalContexts = 16_384 } = options;
    this.#associationOptions = {
      little: byteOrder !== "big",
      ...{ maxStub, maxCalls, maxContexts, auth },
      groups: new AssociationGroups(maxContexts, totalContexts),
      interfaces: new HostShares(totalContexts),
      find: (uuid) => this.#served.get(uuid) ?? [],
      onError: (error) => this.#onError(error),
      counters: this.#counters,
      load: this.#load,
      scratch: new Scratch(),
    };
    if (options.management === false) return;
    this.implement(
      mgmt_v1,
      managementOf(
        () => this.#programs,
        () => this.#counters,
      ),
    );
  }

  /** The interfaces that programs have implemented, in their order. */
  get interfaces(): readonly DceInterface[] {
    return this.#programs.filter(({ uuid }) => uuid !== mgmt_v1.uuid);
  }

  /** The addresses on which it listens, as string bindings, in the order of the calls of `listen`. */
  get addresses(): readonly string[] {
    return [...this.#addresses.values()].map(formatBinding);
  }

  get #programs(): DceInterface[] {
    return [...this.#served.values()].flat().map(({ program }) => program);
  }

  /**
   * Serves an interface. Returns the server.
   * @throws TypeError if a function is missing, or the interface is served already.
   */
  implement<O extends DceOperations>(program: DceInterface<O>, functions: DceImplementation<O>): this {
    const others = this.#served.get(program.uuid) ?? [];
    if (others.some((one) => one.program.version === program.version)) {
      throw new TypeError(`${program.name} version ${program.version} is implemented already`);
    }
    const served = servedBy(program, functions, this.#options.interceptors ?? []);
    this.#served.set(program.uuid, [...others, served]);
    return this;
  }

  /**
   * Listens for connections at a string binding, such as `ncacn_ip_tcp:127.0.0.1[0]`; port 0 lets the system choose.
   * @throws TransportError TRANSPORT_LISTEN_FAILED or TRANSPORT_BAD_ADDRESS.
   */
  async listen(binding: string): Promise<DceListener> {
    const address = parseAddress(binding);
    const { processDescriptors } = await import("../transport/descriptors.js");
    const server = createServer({ noDelay: true }, (socket: Socket) => {
      const scarce = processDescriptors.scarcity();
      if (scarce !== undefined) processDescriptors.makeRoom(scarce);
      this.accept(socket);
    });
    await listening(server, address);
    if (this.#closing !== undefined) {
      server.close();
      throw new TransportError("TRANSPORT_LISTEN_FAILED", "the server is closed; make a new one");
    }
    server.on("error", (cause) => this.#refusals.report(listenFailed(address, cause)));
    const { address: host, port } = server.address() as AddressInfo;
    this.#addresses.set(server, { host, port });
    this.#stopWatching ??= processDescriptors.join(this.#asDescriptorHolder());
    return { address: formatBinding({ host: address.host, port }), port };
  }

  /**
   * Registers the interfaces and addresses of this server with an endpoint mapper, so that clients need not know the ports. Call it
   * after `implement` and `listen`. An older registration of the same interfaces is replaced. It is repeated every minute, in case
   * the endpoint mapper was restarted, and withdrawn by `close`.
   * @throws DceFault, RpcError if the endpoint mapper refuses it or cannot be reached; TypeError for wrong options, or if there is
   * nothing to register.
   */
  async register(options: RegisterEndpointsOptions = {}): Promise<void> {
    const { registerEndpoints } = await import("./endpoints/register.js");
    const { interfaces, addresses } = this;
    this.#registrations.push(await registerEndpoints({ interfaces, addresses }, options));
  }

  /**
   * Registers this server under a name in a directory: `/.:/services/sample`. Clients find the machine by the name, and the port by
   * that machine's endpoint mapper. The registration is withdrawn by `close`.
   * @throws DirectoryError; TypeError for wrong options, or if no interface is implemented.
   */
  async registerName(name: string, options: RegisterNameOptions): Promise<void> {
    const { registerName } = await import("./names.js");
    this.#registrations.push(await registerName(name, this.interfaces, options));
  }

  /** Serves one connection over a stream of the caller's own. */
  accept(stream: Duplex): void {
    const association: ServerAssociation = new ServerAssociation(stream, this.#associationOptions, () => {
      this.#associations.remove(association);
      if (this.#associations.isEmpty) this.#whenEmpty?.();
    });
    this.#associations.add(association);
    if (this.#closing !== undefined) return void association.end();
    const { maxConnections = 1_000 } = this.#options;
    if (this.#associations.size > maxConnections) this.#associations.replace(association);
  }

  /**
   * Withdraws the registrations, stops listening, answers the calls in flight and closes. Connections that are still there after
   * `drain` milliseconds (default 5000) are cut. Resolves when all connections are closed.
   * @throws TypeError for an option that is unknown or invalid.
   */
  close(options: { readonly drain?: number } = {}): Promise<void> {
    checkOptions({ drain: "time" }, options);
    this.#closing ??= this.#close(options.drain ?? defaultDrain);
    return this.#closing;
  }

  async #close(drain: number): Promise<void> {
    await this.#withdraw();
    this.#stopListening();
    if (this.#associations.isEmpty) return;
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    for (const association of this.#associations) association.end();
    if (await waitAtMost(drain, empty)) return;
    for (const association of this.#associations) association.destroy();
    await empty;
  }

  /** Closes everything at once. Registrations are withdrawn afterwards. */
  destroy(): void {
    this.#closing ??= Promise.resolve();
    void this.#withdraw();
    this.#stopListening();
    for (const association of this.#associations) association.destroy();
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Withdraws all registrations. Errors are ignored: if an endpoint mapper or a directory cannot be reached, clients cannot reach it either. */
  async #withdraw(): Promise<void> {
    const registrations = this.#registrations.splice(0);
    await Promise.allSettled(registrations.map((one) => one[Symbol.asyncDispose]()));
  }

  /** Its connections, some of which are closed if the process needs their descriptors. */
  #asDescriptorHolder(): DescriptorHolder {
    const associations = this.#associations;
    return {
      get size() {
        return associations.sockets;
      },
      release: (why) => {
        const released = associations.release();
        if (released === undefined) return false;
        const error = new TransportError("TRANSPORT_TOO_MANY_CONNECTIONS", `closed for a newer one: ${why}`);
        this.#refusals.disconnected(released.ends.remote, error);
        return true;
      },
      exhausted: (turnedAway) => this.#refusals.report(turnedAway(this.addresses.join(" and "))),
    };
  }

  #stopListening(): void {
    this.#stopWatching?.();
    for (const listener of this.#addresses.keys()) listener.close();
    this.#addresses.clear();
  }

  #onError(error: unknown): void {
    const { onError } = this.#options;
    if (onError !== undefined) return void onError(error);
    const message = messageOf(error);
    if (error instanceof TransportError) process.emitWarning(`a DCE server: ${message}`, { code: "LUPINE_DCE_SERVER" });
    else process.emitWarning(`a handler of a DCE server failed: ${message}`, { code: "LUPINE_DCE_HANDLER" });
  }
}

/** Milliseconds. */
const defaultDrain = 5_000;

const defaultMaxBytes = 128 * 1024 * 1024;

function listening(server: Server, address: DceAddress): Promise<void> {
  const { host, port } = address;
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => reject(listenFailed(address, cause));
    server.once("error", failed).listen({ host, port }, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

function listenFailed({ host, port }: DceAddress, cause: Error): TransportError {
  const message = `cannot listen at ${host}, port ${port}: ${cause.message}`;
  return new TransportError("TRANSPORT_LISTEN_FAILED", message, { cause });
}
