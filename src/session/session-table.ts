// The sessions that a server has: found by their id, dropped when their lease is over or when others need their place.
import type { Clock } from "../base/clock.js";
import { turnTime } from "../base/turn-time.js";
import type { Identity } from "../rpc/auth.js";
import { HostSessions, UnusedSessions } from "./host-sessions.js";
import type { SessionLimits } from "./limits.js";
import { isOwner } from "./owner.js";
import { keyOf } from "./replay.js";
import type { Session, Slot } from "./session.js";

/** The sessions of one server. */
export class SessionTable {
  readonly #limits: SessionLimits;
  readonly #now: () => number;
  readonly #ended: (session: Session) => void;
  /** The sessions, in the order of their use, to within a sixteenth of the lease. */
  readonly #sessions: Map<string, Session>;
  readonly #unused = new UnusedSessions();
  readonly #hosts = new Map<string, HostSessions>();
  /** The session of the last call, and its id in words. */
  #latest: Session | undefined;
  readonly #latestId = new Int32Array(4);
  /** Bytes of the replies that are kept. */
  bytes = 0;

  /** `sessions`: those of an earlier process. `ended` is called for each session that is dropped. */
  constructor(limits: SessionLimits, clock: Clock, sessions: Map<string, Session>, ended: (session: Session) => void) {
    this.#limits = limits;
    this.#now = turnTime(clock);
    this.#sessions = sessions;
    this.#ended = ended;
    for (const session of sessions.values()) {
      session.lastUsed = this.#now();
      session.movedAt = session.lastUsed;
      this.#join(session);
      for (const { reply } of session.slots) this.bytes += reply?.length ?? 0;
    }
  }

  get size(): number {
    return this.#sessions.size;
  }

  add(session: Session): void {
    this.#sessions.set(keyOf(session.id), session);
    this.#join(session);
  }

  #join(session: Session): void {
    this.#unused.add(session);
    const own = this.#hosts.get(session.host) ?? new HostSessions();
    this.#hosts.set(session.host, own);
    own.add(session);
  }

  #leave(session: Session): void {
    this.#unused.delete(session);
    const own = this.#hosts.get(session.host);
    own?.delete(session);
    if (own?.size === 0) this.#hosts.delete(session.host);
  }

  /** The host of a session of an earlier process is known. */
  moveTo(host: string, session: Session): void {
    this.#leave(session);
    session.host = host;
    this.#join(session);
  }

  /** The answers of all calls that run. */
  running(): Promise<unknown>[] {
    const running = [...this.#sessions.values()].filter((session) => session.running > 0);
    return running.flatMap(({ slots }) => [...slots].flatMap((slot) => slot.running?.copies() ?? []));
  }

  has({ id }: Session): boolean {
    return this.#sessions.has(keyOf(id));
  }

  /** Removes a session whose id was not sent to its client. */
  withdraw(session: Session): void {
    if (this.#sessions.delete(keyOf(session.id))) this.#leave(session);
  }

  /** The session with the id `bytes[at, at + 16)`, if it belongs to the caller and its lease is not over. */
  find(bytes: DataView, at: number, identity: Identity): Session | undefined {
    const session = this.#isLatest(bytes, at) ? this.#latest : this.#sessions.get(keyOf(idAt(bytes, at)));
    if (session === undefined || !isOwner(session, identity)) return undefined;
    if (session !== this.#latest) this.#noteLatest(session);
    const now = this.#now();
    if (!this.#isOver(session, now)) return session;
    this.drop(session);
    return undefined;
  }

  #isLatest(bytes: DataView, at: number): boolean {
    const words = this.#latestId;
    return (
      words[0] === bytes.getInt32(at) &&
      words[1] === bytes.getInt32(at + 4) &&
      words[2] === bytes.getInt32(at + 8) &&
      words[3] === bytes.getInt32(at + 12)
    );
  }

  #noteLatest(session: Session | undefined): void {
    this.#latest = session;
    const id = session === undefined ? undefined : viewOf(session.id);
    for (let word = 0; word < 4; word++) this.#latestId[word] = id?.getInt32(word * 4) ?? 0;
  }

  /** The session has a call. */
  touch(session: Session): void {
    const now = this.#now();
    session.lastUsed = now;
    if (now - (session.movedAt ?? 0) < this.#limits.lease / 16) return;
    session.movedAt = now;
    const key = keyOf(session.id);
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    this.#hosts.get(session.host)?.touch(session);
  }

  /** Replaces the reply that a slot keeps. */
  keep(slot: Slot, reply: Uint8Array | undefined): void {
    this.bytes += (reply?.length ?? 0) - (slot.reply?.length ?? 0);
    slot.reply = reply;
    if (reply !== undefined) this.relieve();
  }

  /**
   * If too many bytes of replies are kept, the host that keeps most loses those of its sessions that were not used for longest. A copy
   * of such a call is then in doubt. So nobody can fill the memory, or lock out others.
   * @returns false if calls that run keep too many.
   */
  relieve(): boolean {
    const { bytes } = this.#limits;
    if (this.bytes <= bytes) return true;
    const enough = bytes - bytes / 8;
    for (const [, own] of this.#byHost()) {
      this.#dropReplies(own, enough);
      if (this.bytes <= enough) break;
    }
    return this.bytes <= bytes;
  }

  /**
   * False: there are too many sessions that may still be used. At the limit of a host its own sessions make room, and at the limit of
   * all those of the host that has most, if it has more than the new one: first sessions without a call, then the one that was not
   * used for longest. Its client makes another.
   */
  makeRoom(host: string): boolean {
    const { sessions, sessionsPerHost } = this.#limits;
    const now = this.#now();
    for (const oldest of this.#sessions.values()) {
      if (!this.#isOver(oldest, now)) break;
      this.drop(oldest);
    }
    const own = this.#hosts.get(host);
    const count = own?.size ?? 0;
    if (own !== undefined && count >= sessionsPerHost) return this.#dropOne(own.unused ?? own.idle);
    if (this.#sessions.size < sessions) return true;
    return this.#dropOne(own?.unused ?? this.#unused.oldest ?? this.#idleOfLargest(count + 1));
  }

  /** The idle session of the host that has most, and more than `count`; of several hosts the one that was not used for longest. */
  #idleOfLargest(count: number): Session | undefined {
    let most = count;
    let found: Session | undefined;
    for (const own of this.#hosts.values()) {
      const idle = own.size > count && own.size >= most ? own.idle : undefined;
      if (idle === undefined) continue;
      if (own.size > most || found === undefined || idle.lastUsed < found.lastUsed) found = idle;
      most = own.size;
    }
    return found;
  }

  #dropOne(session: Session | undefined): boolean {
    if (session !== undefined) this.drop(session);
    return session !== undefined;
  }

  drop(session: Session): void {
    for (const slot of session.slots) this.keep(slot, undefined);
    if (this.#latest === session) this.#noteLatest(undefined);
    this.#sessions.delete(keyOf(session.id));
    this.#leave(session);
    this.#ended(session);
  }

  /** The bytes of replies of each host, most first, and its sessions in the order of their use. */
  #byHost(): [bytes: number, sessions: Session[]][] {
    const hosts = new Map<string, [bytes: number, sessions: Session[]]>();
    for (const session of this.#sessions.values()) {
      const known = hosts.get(session.host);
      const bytes = keptBytes(session);
      if (known === undefined) hosts.set(session.host, [bytes, [session]]);
      else {
        known[0] += bytes;
        known[1].push(session);
      }
    }
    return [...hosts.values()].sort(([one], [other]) => other - one);
  }

  /** Drops replies until `enough` bytes are kept. Copies of calls that run wait for their replies. */
  #dropReplies(sessions: readonly Session[], enough: number): void {
    for (const { slots } of sessions) {
      for (const slot of slots) {
        if (this.bytes <= enough) return;
        if (slot.running === undefined) this.keep(slot, undefined);
      }
    }
  }

  #isOver({ running, lastUsed }: Session, now: number): boolean {
    return running === 0 && now - lastUsed > this.#limits.lease;
  }
}

/** A view of the bytes of an id. */
export function viewOf(id: Uint8Array): DataView {
  return new DataView(id.buffer, id.byteOffset, id.length);
}

function idAt(bytes: DataView, at: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, 16);
}

function keptBytes({ slots }: Session): number {
  let bytes = 0;
  for (const { reply } of slots) bytes += reply?.length ?? 0;
  return bytes;
}
