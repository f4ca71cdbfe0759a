// The recipients of news about tickets: a connection, or a program on the client's host.
import type { Clock } from "../base/clock.js";
import { closeClient, stubsOver } from "../client/index.js";
import { createClient } from "../create-client.js";
import type { Channel, IncomingCall } from "../rpc/call.js";
import { refuse } from "../server/index.js";
import type { Address } from "../transport/address.js";
import { notice_kind as Kind, type notice, type notice_program, TICKETS_VERS } from "./deferred.gen.js";
import { Notices } from "./notices.js";
import type { ServerTicket } from "./ticket.js";

type Tell = (ticket: ServerTicket) => void;

/** Milliseconds for which a client may take to answer a notice. */
const patience = 30_000;

/** Ports below it belong to the system's servers: callers cannot have them called. */
const firstUserPort = 1024;

/** The recipients of one server. */
export class RecipientBook {
  readonly #clock: Clock;
  readonly #closed: AbortSignal;
  readonly #connections = new WeakMap<Channel, Notices>();
  readonly #programs = new Map<string, { readonly notices: Notices; readonly client: object }>();

  constructor(clock: Clock, closed: AbortSignal) {
    this.#clock = clock;
    this.#closed = closed;
  }

  /** @throws RpcRefused if the caller may not have that program called. */
  check(wish: notice, call: IncomingCall): { readonly tell: Tell | undefined; readonly program?: notice_program } {
    if (wish.kind !== Kind.NOTICE_PROGRAM) {
      return { tell: wish.kind === Kind.NOTICE_CONNECTION ? this.connectionOf(call) : undefined };
    }
    const { at } = wish;
    if (at.port < firstUserPort || at.port > 0xffff || hostOf(call.remote) === undefined) {
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
      notices = new Notices(client);
      this.#connections.set(peer, notices);
    }
    const told = notices;
    return (ticket) => told.add(ticket);
  }

  /** A program on the host of a caller. The client for it is made with the first news. */
  programOf(remote: Address, { port, prog, vers }: notice_program): Tell | undefined {
    const host = hostOf(remote);
    if (host === undefined) return undefined;
    const key = `${host} ${port} ${prog} ${vers}`;
    return (ticket) => {
      if (!this.#closed.aborted) this.#noticesTo(key, { kind: "tcp", host, port }, { prog, vers }).add(ticket);
    };
  }

  /** Closes the clients of programs. */
  async close(): Promise<void> {
    await Promise.all([...this.#programs.values()].map(({ client }) => closeClient(client).catch(() => undefined)));
    this.#programs.clear();
  }

  #noticesTo(key: string, address: Address, numbers: { readonly prog: number; readonly vers: number }): Notices {
    const known = this.#programs.get(key);
    if (known !== undefined) return known.notices;
    const program = { ...TICKETS_VERS, number: numbers.prog, version: numbers.vers };
    const client = createClient(program, address, { timeout: patience, clock: this.#clock });
    const onIdle = (): void => {
      this.#programs.delete(key);
      closeClient(client).catch(() => undefined);
    };
    const notices = new Notices(client, { repeat: { clock: this.#clock, signal: this.#closed }, onIdle });
    this.#programs.set(key, { notices, client });
    return notices;
  }
}

/** The host that a server may call back: that of a caller over a connection. */
function hostOf(remote: Address): string | undefined {
  if (remote.kind === "unix") return "127.0.0.1";
  return remote.kind === "tcp" ? remote.host : undefined;
}
