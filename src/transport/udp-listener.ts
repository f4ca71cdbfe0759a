// UDP, the server's end: one light connection for each source address, in a bounded table. On a wildcard address it
// also has a socket for each address of this machine, so that replies leave from the address that was called.

import type { Socket } from "node:dgram";
import { systemClock } from "../base/clock.js";
import { pause } from "../base/wait.js";
import { type Address, netidOf, withoutMapping } from "./address-forms.js";
import { addressGroup } from "./address-group.js";
import type { Connection, Listener } from "./connection.js";
import { defaultMaxPeers, longestDatagram, type UdpOptions } from "./datagram.js";
import type { SocketSharing } from "./datagram-socket.js";
import { receiverThrew, TransportError } from "./errors.js";
import { familiesOf, LocalSockets } from "./local-sockets.js";
import { keepMemberships } from "./memberships.js";
import { UdpEnd, UdpPeer } from "./udp-peer.js";
import { UdpPeers } from "./udp-peers.js";
import { bindAlone, bindBeside, bindShared, portSharing } from "./udp-socket.js";

/** Milliseconds that `close` waits for replies, as streams do. Their constant would bring their code along. */
const defaultPatience = 5000;

/** Options of a UDP listener. */
export interface UdpListenOptions extends UdpOptions {
  /** IP address of the interface: "127.0.0.1", "::1", "0.0.0.0", "::". */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /**
   * The most source addresses that are remembered. At the limit, one without running calls is closed for a new one: the one that was
   * silent longest, of the host (for IPv6, the /64 network) that has most of these, or of all if none has more than a 64th. If calls run
   * on all, the one chosen in this way is closed after its last reply. Default 4096.
   */
  readonly maxPeers?: number;
  /** How long `close` waits for the open connections to be closed, in milliseconds. Default 5000. */
  readonly closeTimeout?: number;
  /** True: leaves IPv4 to another listener if `host` is "::". Default false. */
  readonly ipv6Only?: boolean;
  /**
   * If `host` is "0.0.0.0" or "::": also open a socket for each address of this machine, at most 256, so that a reply
   * leaves from the address that was called. New and removed addresses are followed within 5 seconds. Linux only;
   * elsewhere, and in workers of `node:cluster`, the system chooses the address. Default true. The sockets share their
   * port (SO_REUSEPORT): on Linux no other user can share it. Node before 22.12 has only SO_REUSEADDR, with which any
   * local user can bind the same port if it is above 1023: set this to false on such a machine if you do not trust its
   * users.
   */
  readonly perAddress?: boolean;
  /**
   * Multicast groups to join, on every interface that can, now or later: "ff02::202" if `host` is "::". Default none.
   */
  readonly groups?: readonly string[];
  /** The descriptor of a bound socket, for example from systemd: the address is then only its name. */
  readonly fd?: number;
  /** Called with the bound socket, before anything is read from it. */
  readonly onBound?: (socket: Socket) => void;
  /** Called for errors of the socket. */
  readonly onError?: (error: TransportError) => void;
}

/** @throws TransportError TRANSPORT_LISTEN_FAILED. */
export async function listenUdp(
  onConnection: (connection: Connection) => void,
  options: UdpListenOptions,
): Promise<Listener> {
  const isForAll = isWildcard(options.host) && (options.perAddress ?? true);
  const sharing = isForAll ? portSharing(options.fd !== undefined) : undefined;
  const alone = sharing === undefined || options.fd !== undefined;
  const socket = await (alone ? bindAlone(options) : bindShared(options, sharing));
  keepMemberships(socket, options.groups ?? []);
  options.onBound?.(socket);
  return new UdpListener(socket, onConnection, options, sharing);
}

class UdpListener implements Listener {
  readonly address: Address;
  readonly netid: string;
  /** The main socket; first in `#ends`. */
  readonly #main: UdpEnd;
  readonly #ends = new Set<UdpEnd>();
  readonly #local: LocalSockets<UdpEnd> | undefined;
  readonly #onConnection: (connection: Connection) => void;
  readonly #options: UdpListenOptions;
  readonly #maxMessage: number;
  readonly #maxPeers: number;
  /** The peers by address. */
  readonly #peers = new Map<string, UdpPeer>();
  readonly #order = new UdpPeers<UdpPeer>();
  /** Peers that were forgotten while their calls ran. */
  readonly #leaving = new Set<UdpPeer>();
  #endsMade = 0;
  #latest: UdpPeer | undefined;
  #whenClosed: Promise<void> | undefined;

  constructor(
    socket: Socket,
    onConnection: (connection: Connection) => void,
    options: UdpListenOptions,
    sharing: SocketSharing | undefined,
  ) {
    const { address, port } = socket.address();
    this.address = { kind: "udp", host: address, port };
    this.netid = netidOf(this.address);
    this.#onConnection = onConnection;
    this.#options = options;
    this.#maxMessage = Math.min(longestDatagram, options.maxMessage ?? longestDatagram);
    this.#maxPeers = Math.max(1, options.maxPeers ?? defaultMaxPeers);
    this.#main = this.#addEnd(socket, address);
    socket.on("error", (cause) => this.#report(`the UDP socket failed: ${cause.message}`, cause));
    if (sharing !== undefined) this.#local = this.#openLocal(address, port, sharing);
  }

  /**
   * Accepts no new peers. Open ones share the sockets, which close with the last peer, or after `closeTimeout` together
   * with the remaining ones.
   */
  close(): Promise<void> {
    this.#whenClosed ??= this.#drain();
    return this.#whenClosed;
  }

  async #drain(): Promise<void> {
    this.#local?.stop();
    const until = systemClock.now() + (this.#options.closeTimeout ?? defaultPatience);
    while (this.#isBusy() && systemClock.now() < until) await pause(2);
    for (const peer of this.#allPeers()) peer.finish(undefined);
    await Promise.all([...this.#ends].map((end) => this.#closeEnd(end)));
  }

  #isBusy(): boolean {
    return this.#peers.size + this.#leaving.size > 0 || [...this.#ends].some(({ output }) => output.queued > 0);
  }

  #allPeers(): UdpPeer[] {
    return [...this.#peers.values(), ...this.#leaving];
  }

  #addEnd(socket: Socket, host: string): UdpEnd {
    const local: Address = { kind: "udp", host, port: "port" in this.address ? this.address.port : 0 };
    const end = new UdpEnd(socket, local, `${this.#endsMade++} `);
    this.#ends.add(end);
    socket.on("message", (bytes, from) => this.#arrived(end, bytes, from));
    return end;
  }

  #closeEnd(end: UdpEnd): Promise<void> {
    if (!this.#ends.delete(end)) return Promise.resolve();
    return new Promise((resolve) => end.socket.close(() => resolve()));
  }

  #openLocal(host: string, port: number, sharing: SocketSharing): LocalSockets<UdpEnd> {
    return new LocalSockets<UdpEnd>({
      port,
      takes: familiesOf(host, this.#options.ipv6Only ?? false),
      open: (address, failed) => this.#addEnd(bindBeside(address, port, sharing, failed), address),
      close: (end) => {
        for (const peer of this.#allPeers()) if (peer.end === end) peer.finish(undefined);
        this.#closeEnd(end);
      },
      report: (message, cause) => this.#report(`UDP port ${port}: ${message}`, cause),
    });
  }

  #arrived(at: UdpEnd, bytes: Buffer, { address, port }: { readonly address: string; readonly port: number }): void {
    const key = `${at.prefix}${address} ${port}`;
    const known = this.#peers.get(key);
    if (known === undefined && this.#whenClosed !== undefined) return;
    const peer = known === undefined || known.isUnsure ? this.#place(at, address, port) : known;
    if (known === peer && known !== this.#latest) this.#order.touch(known);
    this.#latest = peer;
    peer.deliver(bytes);
  }

  /** From now on, datagrams on the main socket may be for an address that has its own socket. */
  #place(at: UdpEnd, host: string, port: number): UdpPeer {
    if (at !== this.#main || this.#local === undefined) return this.#admit(at, host, port);
    const plain = withoutMapping(host);
    const asked = this.#local.placeAskedBy({ host: plain, port });
    if (typeof asked === "object")
      return this.#peers.get(`${asked.prefix}${plain} ${port}`) ?? this.#admit(asked, plain, port);
    const peer = this.#peers.get(`${at.prefix}${host} ${port}`) ?? this.#admit(at, host, port);
    peer.isUnsure = asked === "later";
    return peer;
  }

  #admit(end: UdpEnd, host: string, port: number): UdpPeer {
    if (this.#peers.size >= this.#maxPeers) this.#makeRoom();
    const key = `${end.prefix}${host} ${port}`;
    const forget = (one: UdpPeer): void => {
      this.#leaving.delete(one);
      this.#order.remove(one);
      if (this.#peers.get(key) === one) this.#peers.delete(key);
    };
    const used = (one: UdpPeer): void => {
      if (!this.#leaving.has(one)) this.#order.touch(one);
      else if (!one.isInUse) one.finish(undefined);
    };
    const peer = new UdpPeer(end, {
      host,
      port,
      group: addressGroup(host),
      maxMessage: this.#maxMessage,
      forget,
      used,
    });
    this.#peers.set(key, peer);
    this.#order.touch(peer);
    try {
      this.#onConnection(peer);
    } catch (cause) {
      peer.destroy(receiverThrew(cause));
    }
    return peer;
  }

  #makeRoom(): void {
    const leaver = this.#order.leaver();
    if (leaver?.isInUse) {
      leaver.forget();
      this.#leaving.add(leaver);
    } else leaver?.finish(undefined);
  }

  #report(message: string, cause?: Error): void {
    try {
      this.#options.onError?.(new TransportError("TRANSPORT_RESET", message, { cause }));
    } catch {
      // An error in the callback must not end the listener.
    }
  }
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
