// The TLS handshakes with clients that are in progress. Each holds about 100 KiB, and its client has proved nothing yet. Those above the
// limit wait with an unread socket, which holds little memory.
import { LinkedList, type Place } from "../base/linked-list.js";
import { Ranking } from "../base/ranking.js";
import type { Address } from "../transport/address.js";
import { groupOf } from "../transport/address-group.js";

/** The handshake of one client. */
export interface Admittance {
  /** Resolves when the handshake may begin. */
  readonly admitted: Promise<void>;
  /** The handshake has ended, or is no longer wanted. May be called twice. */
  end(): void;
}

interface Entry {
  readonly host: Host;
  readonly admit: () => void;
  readonly cutOff: () => void;
  /** Its place among those that run, or among those that wait; undefined when it has ended. */
  place: Place<Entry> | undefined;
  isRunning: boolean;
}

/** A client's host, as long as it has handshakes here. */
interface Host {
  readonly key: string;
  readonly running: LinkedList<Entry>;
  readonly waiting: LinkedList<Entry>;
  /** Its place among the hosts whose handshakes wait. */
  turn: Place<Host> | undefined;
}

/**
 * Admits `most` handshakes at a time. If there is no place, a client whose host has none in progress takes the place of the oldest one of
 * the host that has most. Others wait, and hosts take turns: clients that begin handshakes and do not finish them keep no other host out.
 */
export class Handshakes {
  readonly #most: number;
  readonly #hosts = new Map<string, Host>();
  readonly #running = new Ranking();
  readonly #turns = new LinkedList<Host>();
  #size = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** How many are in progress; those that wait do not count. */
  get size(): number {
    return this.#size;
  }

  /** `cutOff` ends the client's connection, because another host needs its place. */
  enter(remote: Address, cutOff: () => void): Admittance {
    const host = this.#hostOf(groupOf(remote) ?? "");
    let admit = (): void => {};
    const admitted = new Promise<void>((resolve) => {
      admit = resolve;
    });
    const entry: Entry = { host, admit, cutOff, place: undefined, isRunning: false };
    if (this.#size < this.#most || this.#makeRoomFor(host)) this.#begin(entry);
    else this.#wait(entry);
    return { admitted, end: () => this.#end(entry) };
  }

  #hostOf(key: string): Host {
    let host = this.#hosts.get(key);
    if (host === undefined) {
      host = { key, running: new LinkedList(), waiting: new LinkedList(), turn: undefined };
      this.#hosts.set(key, host);
    }
    return host;
  }

  #makeRoomFor(host: Host): boolean {
    const most = this.#running.largest();
    if (this.#running.of(host.key) > 0 || most === undefined || this.#running.of(most) < 2) return false;
    const oldest = this.#hosts.get(most)?.running.oldest;
    if (oldest === undefined) return false;
    this.#leave(oldest);
    oldest.cutOff();
    return true;
  }

  #begin(entry: Entry): void {
    const { host } = entry;
    entry.isRunning = true;
    entry.place = host.running.add(entry);
    this.#running.set(host.key, this.#running.of(host.key) + 1);
    this.#size++;
    entry.admit();
  }

  #wait(entry: Entry): void {
    const { host } = entry;
    entry.place = host.waiting.add(entry);
    host.turn ??= this.#turns.add(host);
  }

  #end(entry: Entry): void {
    if (entry.place === undefined) return;
    this.#leave(entry);
    const next = this.#size < this.#most ? this.#turns.oldest?.waiting.oldest : undefined;
    if (next === undefined) return;
    const { host } = next;
    this.#stopWaiting(next);
    this.#begin(next);
    // The others of its host wait for its next turn.
    if (host.turn !== undefined) this.#turns.moveToEnd(host.turn);
  }

  /** Removes an entry from those that run or wait. */
  #leave(entry: Entry): void {
    const { host, place } = entry;
    if (place === undefined) return;
    if (entry.isRunning) {
      host.running.remove(place);
      this.#running.set(host.key, this.#running.of(host.key) - 1);
      this.#size--;
    } else this.#stopWaiting(entry);
    entry.place = undefined;
    if (host.running.first === undefined && host.waiting.first === undefined) this.#hosts.delete(host.key);
  }

  #stopWaiting({ host, place }: Entry): void {
    if (place !== undefined) host.waiting.remove(place);
    if (host.waiting.first !== undefined || host.turn === undefined) return;
    this.#turns.remove(host.turn);
    host.turn = undefined;
  }
}
