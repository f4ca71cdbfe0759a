// A ticket that a client waits for: its outcome, and its progress until then.
import type { PlainCall } from "../peer/plain-call.js";
import type { ClientAuth, Progress } from "../rpc/call.js";
import type { ticket_outcome, ticket_progress } from "./deferred.gen.js";
import { keyOf } from "./ticket.js";

/** One ticket, from its acceptance until its outcome is here. */
export class Entry {
  readonly id: Uint8Array<ArrayBuffer>;
  readonly key: string;
  readonly call: PlainCall;
  /** The instance of the server that accepted it; undefined for a ticket that is resumed. */
  readonly instance: Uint8Array | undefined;
  /** The last answer of the server. Rejects if it cannot be asked. */
  readonly outcome: Promise<ticket_outcome>;
  /** The number of the last progress. */
  seen = 0;
  latest: Progress | undefined;
  isSettled = false;
  /** Failures in a row of the server that was asked for the outcome. */
  systemErrors = 0;
  #resolve: (outcome: ticket_outcome) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #waiting: (() => void)[] = [];
  /** The credential to which the ticket belongs; undefined: the client's. */
  readonly auth: ClientAuth | undefined;
  /** Other entries for the same ticket. */
  readonly followers: Entry[] = [];

  constructor(id: Uint8Array<ArrayBuffer>, call: PlainCall, instance: Uint8Array | undefined) {
    this.id = id;
    this.key = keyOf(id);
    this.call = call;
    this.instance = instance;
    this.auth = call.request.options.auth;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.outcome.catch(() => undefined);
  }

  /** The other one is for the same ticket, and gets all that this one gets. */
  followedBy(other: Entry): void {
    this.followers.push(other);
    other.seen = this.seen;
    other.latest = this.latest;
  }

  settle(outcome: ticket_outcome): void {
    for (const one of this.followers) one.settle(outcome);
    this.isSettled = true;
    this.#resolve(outcome);
    this.#wake();
  }

  fail(error: unknown): void {
    for (const one of this.followers) one.fail(error);
    this.isSettled = true;
    this.#reject(error);
    this.#wake();
  }

  report(progress: ticket_progress): void {
    const { number, done, total, note } = progress;
    if (number <= this.seen) return;
    for (const one of this.followers) one.report(progress);
    this.seen = number;
    this.latest = { done, total, note };
    this.#wake();
  }

  /** The latest progress whenever there is a new one, until the call has ended. */
  async *progress(): AsyncGenerator<Progress, void, undefined> {
    let seen = 0;
    for (;;) {
      if (this.seen > seen && this.latest !== undefined) {
        seen = this.seen;
        yield this.latest;
      } else if (this.isSettled) return;
      else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** The most tickets of one call. */
const batch = 1_000;

/** Tickets of one credential. */
export interface Batch {
  readonly auth: ClientAuth | undefined;
  readonly entries: readonly Entry[];
  readonly ids: Uint8Array<ArrayBuffer>[];
}

/** Each batch goes into one call, because the server looks for tickets of the call's credential. */
export function* batchesOf(entries: readonly Entry[]): Generator<Batch, void, undefined> {
  const byAuth = new Map<ClientAuth | undefined, Entry[]>();
  for (const entry of entries) {
    const own = byAuth.get(entry.auth);
    if (own === undefined) byAuth.set(entry.auth, [entry]);
    else own.push(entry);
  }
  for (const [auth, own] of byAuth) {
    for (let at = 0; at < own.length; at += batch) {
      const some = own.slice(at, at + batch);
      yield { auth, entries: some, ids: some.map(({ id }) => id) };
    }
  }
}

/** The option `auth` of a call about tickets of that credential. */
export const withAuth = (auth: ClientAuth | undefined): { readonly auth?: ClientAuth } => (auth ? { auth } : {});
