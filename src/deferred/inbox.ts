// The tickets that a client waits for. Their outcomes arrive as calls of the server (TICKETS_VERS), or are fetched. After the connection
// was lost, the client attaches its tickets to the next one.
import { backoffDelay, defaultBackoff } from "../base/backoff.js";
import type { Clock } from "../base/clock.js";
import { pause } from "../base/wait.js";
import type { Client } from "../rpc/stubs.js";
import { isTooLong } from "../transport/errors.js";
import {
  type DEFERRED_VERS_Procedures,
  ticket_state as State,
  type ticket_news,
  type ticket_outcome,
} from "./deferred.gen.js";
import { batchesOf, type Entry, withAuth } from "./entry.js";
import { outcomeUnavailable } from "./errors.js";
import { keyOf } from "./ticket.js";

/** Milliseconds until a client asks again after its tickets, although no news have come. */
const watchTime = 20_000;

/** The most calls of DEFERRED_FETCH in flight. If there are more tickets, they are asked for in turns. */
const fetchers = 32;
const shortWait = 250;

/** SYSTEM_ERR in a row after which the server is not asked again. */
const mostSystemErrors = 5;

export interface InboxParts {
  readonly service: Client<DEFERRED_VERS_Procedures>;
  readonly clock: Clock;
  /** "called": the server calls the client with outcomes. "fetch": the client asks for them. */
  readonly mode: "called" | "fetch";
  /** Messages are not lost while the connection lasts. */
  readonly isReliable: boolean;
}

/** The tickets of one client that have no outcome yet. */
export class Inbox {
  readonly #parts: InboxParts;
  readonly #entries = new Map<string, Entry>();
  readonly #closed = new AbortController();
  /** Resumed tickets that were not attached yet. */
  #unattached: Entry[] = [];
  #watching = false;
  /** In the mode "fetch": those that no fetcher has taken. */
  readonly #idle = new Set<Entry>();
  #fetching = 0;
  /** No fetcher runs beside another. */
  #isAlone = false;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** The number of tickets without an outcome. */
  get size(): number {
    return this.#entries.size;
  }

  /** Waits for the outcome of a ticket. `isAttached`: the server was told to send it over this connection. */
  add(entry: Entry, isAttached: boolean): void {
    const known = this.#entries.get(entry.key);
    if (known !== undefined) {
      known.followedBy(entry);
      return;
    }
    this.#entries.set(entry.key, entry);
    if (this.#parts.mode === "fetch") {
      this.#idle.add(entry);
      this.#fetchNext();
      return;
    }
    if (!isAttached) this.#attachSoon(entry);
    if (!this.#watching) this.#watch();
  }

  /** The server does not accept it. */
  remove(entry: Entry): void {
    if (this.#entries.get(entry.key) !== entry) return;
    this.#entries.delete(entry.key);
    this.#idle.delete(entry);
    for (const one of entry.followers) this.add(one, false);
  }

  /** A call of the server. False: nobody waits for that ticket. */
  arrive({ id, outcome }: ticket_news): boolean {
    const entry = this.#entries.get(keyOf(id));
    if (entry !== undefined) this.#take(entry, outcome);
    return entry !== undefined;
  }

  /** Ends all waits with this error. */
  close(error: unknown): void {
    this.#closed.abort(error);
    for (const entry of this.#entries.values()) entry.fail(error);
    this.#entries.clear();
  }

  #take(entry: Entry, outcome: ticket_outcome): void {
    if (outcome.state === State.TICKET_ACCEPTED) {
      entry.report(outcome.progress);
      return;
    }
    this.#entries.delete(entry.key);
    entry.settle(outcome);
  }

  // Tickets that are resumed in the same turn of the event loop share a call.
  #attachSoon(entry: Entry): void {
    this.#unattached.push(entry);
    if (this.#unattached.length > 1) return;
    setImmediate(() => {
      const entries = this.#unattached;
      this.#unattached = [];
      // If it fails, the connection is lost, and they are attached with all others.
      this.#attach(entries).catch(() => undefined);
    });
  }

  async #attach(entries: readonly Entry[]): Promise<void> {
    for (const { auth, entries: some, ids } of batchesOf(entries.filter(({ isSettled }) => !isSettled))) {
      let states: readonly State[];
      try {
        states = await this.#parts.service.attach(ids, { ...this.#options("at-least-once"), ...withAuth(auth) });
      } catch (error) {
        if (isFinal(error)) for (const entry of some) this.#fail(entry, error);
        throw error;
      }
      for (const [index, entry] of some.entries()) {
        if (states[index] === State.TICKET_UNKNOWN && !entry.isSettled)
          this.#take(entry, { state: State.TICKET_UNKNOWN });
      }
    }
  }

  // DEFERRED_WATCH fails when the connection is lost, and returns at once over a connection that has no tickets.
  async #watch(): Promise<void> {
    this.#watching = true;
    const { clock, service } = this.#parts;
    let failures = 0;
    while (this.#entries.size > 0 && !this.#closed.signal.aborted) {
      const began = clock.now();
      try {
        await service.watch(watchTime, { ...this.#options("maybe"), timeout: 2 * watchTime });
      } catch (error) {
        // The connection was lost.
        if (isTooLong(error)) await this.#fetchEach();
      }
      if (this.#entries.size === 0 || this.#closed.signal.aborted) break;
      try {
        await this.#attach([...this.#entries.values()]);
        failures = clock.now() - began < watchTime / 2 ? failures + 1 : 0;
      } catch {
        failures++;
      }
      // The first time at once, because a lost connection is made anew. A server that answers too early is not asked without a pause.
      if (failures > 1) await this.#pause(failures - 1);
    }
    this.#watching = false;
  }

  /** The client has closed the connection, because an outcome was longer than it receives: finds the ticket. */
  async #fetchEach(): Promise<void> {
    for (const entry of [...this.#entries.values()]) {
      for (let failures = 1; !this.#closed.signal.aborted; failures++) {
        const { id, seen, auth } = entry;
        try {
          const options = { ...this.#options("maybe"), ...withAuth(auth) };
          this.#take(entry, await this.#parts.service.fetch({ id, wait: 0, seen }, options));
          break;
        } catch (error) {
          if (isTooLong(error) || isFinal(error)) this.#fail(entry, error);
          if (entry.isSettled) break;
          await this.#pause(failures);
        }
      }
    }
  }

  #fetchNext(): void {
    while (this.#fetching < (this.#isAlone ? 1 : fetchers)) {
      const [entry] = this.#idle;
      if (entry === undefined || this.#closed.signal.aborted) return;
      this.#idle.delete(entry);
      this.#fetching++;
      this.#fetch(entry).then(() => {
        this.#fetching--;
        if (!entry.isSettled && this.#entries.has(entry.key)) this.#idle.add(entry);
        this.#fetchNext();
      });
    }
  }

  async #fetch(entry: Entry): Promise<void> {
    const { clock, service, isReliable } = this.#parts;
    const wait = this.#entries.size > fetchers || this.#isAlone ? shortWait : watchTime;
    try {
      const { seen, auth } = entry;
      const semantics = isReliable ? "maybe" : "at-least-once";
      const options = { ...this.#options(semantics), ...withAuth(auth), timeout: 2 * watchTime };
      const until = clock.now() + wait / 2;
      this.#take(entry, await service.fetch({ id: entry.id, wait, seen }, options));
      // A server that answers too early, without news, is not asked without a pause.
      entry.systemErrors = 0;
      if (!entry.isSettled && entry.seen === seen && clock.now() < until) await this.#pause(1);
    } catch (error) {
      // The answer to one of several calls was longer than the client receives: the next ones are made one by one.
      const isFound = isTooLong(error) && this.#fetching === 1;
      if (isTooLong(error)) this.#isAlone = !isFound;
      if (isFound || isFinal(error) || isRefusedAgain(entry, error)) this.#fail(entry, error);
      else await this.#pause(1);
    }
  }

  #pause(failures: number): Promise<void> {
    const { clock } = this.#parts;
    return pause(backoffDelay(defaultBackoff, failures, clock.random()), { clock, signal: this.#closed.signal });
  }

  #fail(entry: Entry, error: unknown): void {
    this.#entries.delete(entry.key);
    entry.fail(outcomeUnavailable(error));
  }

  #options<S extends "maybe" | "at-least-once">(semantics: S): { readonly semantics: S; readonly signal: AbortSignal } {
    return { semantics, signal: this.#closed.signal };
  }
}

/** The server fails each time that it is asked for this outcome, for example because it is too long for its connection. */
function isRefusedAgain(entry: Entry, error: unknown): boolean {
  const { code } = error as { readonly code?: string };
  return code === "RPC_SYSTEM_ERR" && ++entry.systemErrors >= mostSystemErrors;
}

/** Asking again would not help: the server denies the caller, or has no deferred calls (any more). */
function isFinal(error: unknown): boolean {
  const { code } = error as { readonly code?: string };
  return code !== "RPC_DISCONNECTED" && code !== "RPC_TIMEOUT" && code !== "RPC_CANCELLED" && code !== "RPC_SYSTEM_ERR";
}
