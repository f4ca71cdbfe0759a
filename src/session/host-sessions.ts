// Some sessions of a server, in the order of their use: finding the one that makes room for another takes no search.
import type { Session } from "./session.js";

export class SessionGroup {
  readonly #all = new Set<Session>();
  /** Those without a call, and some that have had one since they were added. */
  readonly #unused = new Set<Session>();

  get size(): number {
    return this.#all.size;
  }

  add(session: Session): void {
    this.#all.add(session);
    if (!session.used) this.#unused.add(session);
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

  /** The oldest one that has had no call. */
  get unused(): Session | undefined {
    for (const session of this.#unused) {
      if (!session.used) return session;
      this.#unused.delete(session);
    }
    return undefined;
  }

  /** The one that was not used for longest, of those of which no call runs. */
  get idle(): Session | undefined {
    for (const session of this.#all) if (session.running === 0) return session;
    return undefined;
  }
}
