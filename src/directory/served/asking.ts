// Questions to a directory server. Each is answered or fails with a DirectoryError.
import type { Clock } from "../../base/clock.js";
import { RpcRefused, RpcTimeout } from "../../rpc/errors.js";
import {
  dir_action,
  type dir_change,
  type dir_entry,
  type dir_outcome,
  type dir_revision,
  dir_stat,
} from "../directory.gen.js";
import type { ServiceEntry } from "../engine.js";
import { DirectoryError } from "../errors.js";
import { type DirectoryConnection, isLostConnection } from "./connection.js";
import { closedError, explain, refusalError } from "./explain.js";
import type { Prover } from "./proof.js";

export interface AskOptions {
  /** Milliseconds until the question fails. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
  /** The call does not keep the process alive, as in `CallOptions`. */
  readonly background?: boolean;
}

/** The state of one path. */
export interface Services {
  readonly revision: dir_revision;
  /** The servers, sorted by id. */
  readonly entries: readonly ServiceEntry[];
}

/** More than the paths of any directory: one that sends pages without end must not fill the memory. */
const longestList = 64 * 1024 * 1024;

type Client = DirectoryConnection["client"];
type Question<T> = (client: Client, options: AskOptions) => Promise<T>;

export class Asking {
  readonly #connection: DirectoryConnection;
  readonly #prover: Prover | undefined;
  /** The directory's identity on this connection; undefined until it is known, and after the connection was lost. */
  #identity: bigint | undefined;
  #closed = false;

  /** `prover` signs registrations, if the directory requires it. */
  constructor(connection: DirectoryConnection, prover?: Prover) {
    this.#connection = connection;
    this.#prover = prover;
    connection.onLost(() => {
      this.#identity = undefined;
    });
  }

  get name(): string {
    return this.#connection.name;
  }

  get clock(): Clock {
    return this.#connection.clock;
  }

  /** Calls `listener` each time that the connection is lost. @returns a function that removes the listener. */
  onLost(listener: () => void): () => void {
    return this.#connection.onLost(listener);
  }

  /** Pending and later questions fail with DIRECTORY_CLOSED. */
  destroy(): void {
    this.#closed = true;
    this.#connection.destroy();
  }

  /**
   * Sends a question. Every procedure may run twice, so a question whose connection was lost is repeated over the next
   * one.
   * @throws DirectoryError
   */
  async ask<T>(question: Question<T>, options: AskOptions): Promise<T> {
    const started = this.#connection.clock.now();
    try {
      return await this.#askOnce(question, options);
    } catch (error) {
      const timeout = options.timeout - (this.#connection.clock.now() - started);
      if (this.#closed || !isLostConnection(error) || timeout <= 0) throw this.#explain(error, options);
      return await this.#askOnce(question, { ...options, timeout }).catch((second) => {
        throw this.#explain(second, options);
      });
    }
  }

  async register(path: string, entry: ServiceEntry, lease: number, options: AskOptions): Promise<void> {
    const registration = { path, entry: toWire(entry), lease };
    const change: dir_change = { action: dir_action.DIR_REGISTER, registration };
    await this.#change(change, (client, how) => client.register(registration, how), options);
  }

  async withdraw(path: string, id: string, options: AskOptions): Promise<void> {
    const change: dir_change = { action: dir_action.DIR_WITHDRAW, withdrawal: { path, id } };
    await this.#change(change, (client, how) => client.withdraw(path, id, how), options);
  }

  /** A repeated change needs a new proof: directories refuse one that was used before. */
  async #change(change: dir_change, unproved: Question<dir_outcome>, options: AskOptions): Promise<void> {
    const prover = this.#prover;
    const question: Question<dir_outcome> =
      prover === undefined ? unproved : (client, how) => this.#prove(change, prover, client, how);
    let answer = await this.ask(question, options);
    if (answer.status === dir_stat.DIR_OTHER_DIRECTORY) {
      this.#identity = undefined;
      answer = await this.ask(question, options);
    }
    if (answer.status !== dir_stat.DIR_OK) throw refusalError(answer, this.name);
  }

  async #prove(change: dir_change, prover: Prover, client: Client, options: AskOptions): Promise<dir_outcome> {
    const { clock } = this.#connection;
    const started = clock.now();
    this.#identity ??= await client.identity(options);
    const timeout = Math.max(1, options.timeout - (clock.now() - started));
    return await client.change(prover.prove(change, this.#identity), { ...options, timeout });
  }

  async lookup(path: string, options: AskOptions): Promise<readonly ServiceEntry[]> {
    const answer = await this.ask((client, how) => client.lookup(path, how), options);
    if (answer.status !== dir_stat.DIR_OK) throw refusalError(answer, this.name);
    return fromWire(answer.services.entries);
  }

  /**
   * Answered when the state differs from `known`, or after `wait` milliseconds. Undefined: the directory takes no more
   * watches.
   */
  async watch(path: string, known: dir_revision, wait: number, options: AskOptions): Promise<Services | undefined> {
    const answer = await this.ask((client, how) => client.watch({ path, known, wait }, how), options);
    if (answer.status === dir_stat.DIR_FULL) return undefined;
    if (answer.status !== dir_stat.DIR_OK) throw refusalError(answer, this.name);
    const { revision, entries } = answer.services;
    return { revision, entries: fromWire(entries) };
  }

  /** Lists the paths in a folder. Asks for further pages until there are no more. */
  async list(folder: string, options: AskOptions): Promise<readonly string[]> {
    const started = this.#connection.clock.now();
    const all: string[] = [];
    let size = 0;
    for (;;) {
      const timeout = Math.max(1, options.timeout - (this.#connection.clock.now() - started));
      const after = all.at(-1) ?? "";
      const answer = await this.ask((client, how) => client.list({ folder, after }, how), { ...options, timeout });
      if (answer.status !== dir_stat.DIR_OK) throw refusalError(answer, this.name);
      const { paths, more } = answer.found;
      // Stop if the server returns pages in a circle.
      if (after !== "" && (paths[0] ?? "") <= after) return all;
      for (const path of paths) size += path.length;
      if (size > longestList) {
        const why = `the ${this.name} lists more than ${longestList} characters of paths: ask for a folder in it`;
        throw new DirectoryError("DIRECTORY_REFUSED", why);
      }
      all.push(...paths);
      if (!more) return all;
    }
  }

  async #askOnce<T>(question: Question<T>, options: AskOptions): Promise<T> {
    const heard = this.#connection.heard();
    try {
      return await question(this.#connection.client, options);
    } catch (error) {
      if (error instanceof RpcTimeout) this.#connection.distrust(heard, error);
      if (error instanceof RpcRefused && error.code.startsWith("RPC_PROG_")) this.#connection.leave();
      throw error;
    }
  }

  #explain(error: unknown, { signal }: AskOptions): unknown {
    return this.#closed ? closedError(this.name) : explain(error, this.name, signal);
  }
}

function toWire({ id, versions, addresses, priority = 0, weight = 1 }: ServiceEntry): dir_entry {
  return { id, versions: [...versions], addresses: [...addresses], priority, weight };
}

/** Plain data. Servers without an address are omitted, since they cannot be called. */
function fromWire(entries: readonly dir_entry[]): ServiceEntry[] {
  return entries.filter(({ addresses }) => addresses.length > 0).sort((a, b) => (a.id < b.id ? -1 : 1));
}
