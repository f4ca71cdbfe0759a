// The recipients of news about tickets: a connection, or a program on the client's host.
import type { Clock } from "../base/clock.js";
import { closeClient, stubsOver } from "../client/index.js";
import { createClient } from "../create-client.js";
import type { Channel, IncomingCall } from "../rpc/call.js";
import { refuse } from "../server/index.js";
import type { Address } from "../transport/address.js";
import { HostShares } from "../transport/host-shares.js";
import { notice_kind as Kind, type notice, type notice_program, TICKETS_VERS } from "./deferred.gen.js";
import { firstUserPort } from "./limits.js";
import { Notices } from "./notices.js";
import type { ServerTicket } from "./ticket.js";

/** Takes a ticket with news, and forgets one that was released. */
type Tell = (ticket: ServerTicket) => void;

/** Milliseconds for which a client may take to answer a notice. */
const patience = 30_000;

/** The most programs that are called at once, and those of one host. Further ones wait until another has all its news. */
const mostPrograms = 256;
const mostOfHost = 16;

export interface RecipientParts {
  readonly clock: Clock;
  /** Aborted when the server closes. */
  readonly closed: AbortSignal;
  /** Called for an outcome that is too long for its recipient. */
  readonly onTooLong: (error: unknown) => void;
}

/** The recipients of one server. */
export class RecipientBook {
  readonly #clock: Clock;
  readonly #closed: AbortSignal;
  readonly #onTooLong: RecipientParts["onTooLong"];
  readonly #connections = new WeakMap<Channel, Notices>();
  readonly #programs = new Map<string, { readonly notices: Notices; readonly client: object }>();
  /** Programs of each host that are called. */
  readonly #hosts = new HostShares(mostPrograms);
  /** News for programs that have to wait. */
  readonly #waiting = new Map<string, { readonly to: ProgramAddress; readonly tickets: Set<ServerTicket> }>();

  constructor({ clock, closed, onTooLong }: RecipientParts) {
    this.#clock = clock;
    this.#closed = closed;
    this.#onTooLong = onTooLong;
  }

  /** Programs that wait to be called. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws RpcRefused if the caller may not have that program called. */
  check(wish: notice, call: IncomingCall): { readonly tell: Tell | undefined; readonly program?: notice_program } {
    if (wish.kind !== Kind.NOTICE_PROGRAM) {
      return { tell: wish.kind === Kind.NOTICE_CONNECTION ? this.connectionOf(call) : undefined };
    }
    const { at } = wish;
    // A caller over TLS may not ask for this: the notices would be sent in clear text.
    const isProtected = call.security !== undefined;
    if (isProtected || at.port < firstUserPort || at.port > 0xffff || hostOf(call.remote) === undefined) {
      throw refuse("RPC_GARBAGE_ARGS", { mayHaveRun: false });
    }
    return { tell: this.programOf(call.remote, at), program: at };
  }

  /** Undefined over datagrams, whose source may be forged. */
  connectionOf({ peer, remote }: IncomingCall): Tell | undefined {
    if (remote.kind === "udp") return undefined;
    let notices = this.#connections.get(peer);
    if (notices === undefined) {
      const client = stubsOver(TICKETS_VERS, peer, { ownsChannel: false, timeout: patience });
      notices = new Notices(client, { onTooLong: this.#onTooLong });
      this.#connections.set(peer, notices);
    }
    const told = notices;
    return (ticket) => told.add(ticket);
  }

  /** A program on the host of a caller. The client for it is made with the first news. */
  programOf(remote: Address, { port, prog, vers }: notice_program): Tell | undefined {
    const host = hostOf(remote);
    if (host === undefined) return undefined;
    const to = { key: `${host} ${port} ${prog} ${vers}`, host, port, prog, vers };
    return (ticket) => this.#tell(to, ticket);
  }

  /** Closes the clients of programs. */
  async close(): Promise<void> {
    await Promise.all([...this.#programs.values()].map(({ client }) => closeClient(client).catch(() => undefined)));
    this.#programs.clear();
    this.#waiting.clear();
  }

  #tell(to: ProgramAddress, ticket: ServerTicket): void {
    if (this.#closed.aborted) return;
    const known = this.#programs.get(to.key);
    if (known !== undefined) known.notices.add(ticket);
    else if (ticket.released) this.#forget(to, ticket);
    else if (this.#hasPlaceFor(to.host)) this.#noticesTo(to).add(ticket);
    else {
      const waiting = this.#waiting.get(to.key) ?? { to, tickets: new Set() };
      waiting.tickets.add(ticket);
      this.#waiting.set(to.key, waiting);
    }
  }

  #forget({ key }: ProgramAddress, ticket: ServerTicket): void {
    const waiting = this.#waiting.get(key)?.tickets;
    if (waiting?.delete(ticket) && waiting.size === 0) this.#waiting.delete(key);
  }

  #hasPlaceFor(host: string): boolean {
    return this.#hosts.of(host) < mostOfHost && this.#hosts.hasRoomFor(host);
  }

  #noticesTo({ key, host, port, prog, vers }: ProgramAddress): Notices {
    const program = { ...TICKETS_VERS, number: prog, version: vers };
    const client = createClient(program, { kind: "tcp", host, port }, { timeout: patience, clock: this.#clock });
    const onIdle = (): void => {
      if (!this.#programs.delete(key)) return;
      this.#hosts.add(host, -1);
      closeClient(client).catch(() => undefined);
      this.#startNext();
    };
    const repeat = { clock: this.#clock, signal: this.#closed };
    const notices = new Notices(client, { repeat, onIdle, onTooLong: this.#onTooLong });
    this.#programs.set(key, { notices, client });
    this.#hosts.add(host);
    return notices;
  }

  /** The program that has waited longest, of those that may be called now. */
  #startNext(): void {
    for (const [key, { to, tickets }] of this.#waiting) {
      if (!this.#hasPlaceFor(to.host)) continue;
      this.#waiting.delete(key);
      for (const ticket of tickets) if (!ticket.released) this.#tell(to, ticket);
      if (this.#programs.has(key)) return;
    }
  }
}

interface ProgramAddress {
  /** The address as one text. */
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly prog: number;
  readonly vers: number;
}

/** The host that a server may call back: that of a caller over a connection. */
function hostOf(remote: Address): string | undefined {
  if (remote.kind === "unix") return "127.0.0.1";
  return remote.kind === "tcp" ? remote.host : undefined;
}
