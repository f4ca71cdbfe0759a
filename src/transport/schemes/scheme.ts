// The interface of a URL scheme: how its addresses look, and how they are opened. Each scheme is one file here; table.ts lists them.
import type { Address, HostAddress } from "../address-forms.js";
import type { ConnectOptions } from "../connect.js";
import type { Connection, Listener } from "../connection.js";
import type { MemoryNetwork } from "../memory.js";
import type { TcpConnectOptions } from "../tcp.js";
import type { TcpListenOptions } from "../tcp-listener.js";
import type { ProbingOptions } from "../tls/connect-options.js";
import type { UdpConnectOptions } from "../udp.js";
import type { UdpListenOptions } from "../udp-listener.js";
import type { UnixListenOptions } from "../unix.js";

/** Options of both ends that decide which addresses exist. */
export interface SchemeOptions {
  /** The network of `memory:` names. Default: none; such addresses are refused. */
  readonly network?: MemoryNetwork;
  /** The program's own URL schemes. They take precedence over the built-in schemes. Default: none. */
  readonly schemes?: readonly Scheme[];
}

/** Options of `openConnection`. Each transport uses those that apply to it. */
export interface OpenConnectionOptions
  extends ConnectOptions,
    SchemeOptions,
    Omit<Partial<TcpConnectOptions>, keyof ConnectOptions | "host" | "port">,
    Pick<UdpConnectOptions, "takeFromElsewhere"> {
  /** TLS (RFC 9289), for `tcp:` and `tls:` addresses; others are refused. Default: none for `tcp:`, `{}` for `tls:`. */
  readonly tls?: ProbingOptions | undefined;
}

/** Options of `openListener` and `server.listen`. Each transport uses those that apply to it. */
export interface OpenListenerOptions
  extends Omit<TcpListenOptions, "host" | "port">,
    SchemeOptions,
    Pick<UnixListenOptions, "mode">,
    Pick<UdpListenOptions, "maxPeers" | "groups" | "perAddress"> {}

/**
 * One URL scheme. A program gives schemes of its own by the option `schemes`: of `openConnection` and `openListener`, of
 * `server.listen`, and in `options.connection` of a client. Declare the type of its addresses in `AddressKinds`.
 * @example
 * // Queues of the program's own, joined in memory.
 * declare module "lupine/transport" {
 *   interface AddressKinds {
 *     readonly queue: { readonly kind: "queue"; readonly name: string };
 *   }
 * }
 * const servers = new Map<string, (connection: Connection) => void>();
 * const queue: Scheme<AddressKinds["queue"]> = {
 *   name: "queue",
 *   example: "queue:name",
 *   parse: (rest) => (/^\w+$/.test(rest) ? { kind: "queue", name: rest } : "the name is not a word"),
 *   fits: (value) => "name" in value && typeof value.name === "string",
 *   async connect({ name }) {
 *     const [near, far] = memoryPair({ name });
 *     servers.get(name)?.(far);
 *     return near;
 *   },
 *   async listen(address, onConnection) {
 *     servers.set(address.name, onConnection);
 *     return { address, netid: "queue", close: async () => void servers.delete(address.name) };
 *   },
 * };
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * await server.listen("queue:sums", { schemes: [queue] });
 * await using client = createClient(ADD_VERS, "queue:sums", { connection: { schemes: [queue] } });
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export interface Scheme<A extends Address = Address> {
  /** The text before the colon, in lower case. It is the `kind` of the scheme's addresses. */
  readonly name: string;
  /** An example of an address, for error messages: "tcp://host:port". */
  readonly example: string;
  /**
   * Reads what follows the colon. Must not throw.
   * @returns the address; for invalid text, the reason, which becomes part of the message of TRANSPORT_BAD_ADDRESS.
   */
  parse(rest: string): A | HostAddress | string;
  /** Whether an object with this `kind` has the properties of such an address. Must not throw. */
  fits(value: object): boolean;
  /**
   * Connects. Calls wait for it until `options.timeout` or `options.signal` end the attempt; a client that reconnects calls it
   * again after each failure.
   * @throws TransportError TRANSPORT_CONNECT_FAILED, TRANSPORT_TIMEOUT, or TRANSPORT_BAD_ADDRESS.
   */
  connect(address: A, options: OpenConnectionOptions): Promise<Connection>;
  /**
   * Listens. An error of the listener after this has returned goes to `options.onError`; its connections stay open.
   * @throws TransportError TRANSPORT_LISTEN_FAILED or TRANSPORT_BAD_ADDRESS.
   */
  listen(address: A, onConnection: (connection: Connection) => void, options: OpenListenerOptions): Promise<Listener>;
}

/** A scheme of table.ts. */
export interface BuiltIn<A extends Address = Address> extends Scheme<A> {
  /** Loads the code that `listen` needs, if it is not loaded at the start. */
  load?(): Promise<unknown>;
}
