// Sessions of a server that may have to make room for another one, found without a search.
import type { Session } from "./session.js";

/** Sessions that have had no call. */
export class UnusedSessions {
  /** In the order in which they were added. Some have had a call since then. */
  readonly #sessions = new Set<Session>();

  add(session: Session): void {
    if (!session.used) this.#sessions.add(session);
  }

  delete(session: Session): void {
    this.#sessions.delete(session);
  }

  get oldest(): Session | undefined {
    for (const session of this.#sessions) {
      if (!session.used) return session;
      this.#sessions.delete(session);
    }
    return undefined;
  }
}

/** The sessions of one host, in the order of their use. */
export class HostSessions {
  readonly #all = new Set<Session>();
  readonly #unused = new UnusedSessions();

  get size(): number {
    return this.#all.size;
  }

  add(session: Session): void {
    this.#all.add(session);
    this.#unused.add(session);
  }

  delete(session: Session): void {
    this.#all.delete(session);
    this.#unused.delete(session);
  }

  /** The session is the last one that was used. */
  touch(session: Session): void {
    this.#all.delete(session);
    this.#all.add(session);
  }

  /** The oldest session that has had no call. */
  get unused(): Session | undefined {
    return this.#unused.oldest;
  }

  /** Of the sessions of which no call runs, the one that was not used for longest. */
  get idle(): Session | undefined {
    for (const session of this.#all) if (session.running === 0) return session;
    return undefined;
  }
}
