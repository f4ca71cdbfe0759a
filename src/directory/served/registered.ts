// One registration in a directory server, and who holds it.
import { Alarm } from "../../peer/deadlines.js";
import type { dir_entry } from "../directory.gen.js";
import type { Departure } from "./events.js";

/** One registration. Its alarm rings when its lease expires. */
export class Registered extends Alarm {
  readonly path: string;
  readonly entry: dir_entry;
  /** The host that it came from; "" is this machine. */
  readonly origin: string;
  /** The lease in milliseconds. */
  readonly lease: number;
  /** The name of the secret with which it was signed. */
  readonly owner: string | undefined;
  /** The connection whose end also ends the registration. Undefined: only the lease ends it. */
  holder: Holder | undefined;
  /** Whether all callers get the same addresses; undefined until it is computed. */
  isTheSameForAll: boolean | undefined;
  /** Later registrations and renewals have higher numbers. */
  order = 0;
  /** True: it is no longer removed to make room for other hosts. */
  isKept = false;
  /** When it was made, on the clock of the registrations. */
  since = 0;
  /** How often it was extended because this process had been suspended. */
  postponed = 0;
  /** The reason for its removal when the alarm rings. */
  departure: Departure = "its lease ended";
  readonly #ended: (item: Registered) => void;

  constructor(what: Registration, ended: (item: Registered) => void = () => {}) {
    super();
    this.path = what.path;
    this.entry = what.entry;
    this.origin = what.origin;
    this.lease = what.lease;
    this.owner = what.owner;
    this.#ended = ended;
  }

  override ring(): void {
    this.#ended(this);
  }
}

/** A registration in the form in which it is stored. */
export interface Registration {
  readonly path: string;
  readonly entry: dir_entry;
  readonly origin: string;
  readonly lease: number;
  readonly owner?: string | undefined;
}

/** The registrations of one connection. */
export interface Holder {
  /** Later connections have higher numbers. */
  readonly number: number;
  readonly holds: Set<Registered>;
}

/** The approximate bytes of a registration in an answer. */
export function sizeOf({ path, entry }: Registration): number {
  const addresses = entry.addresses.reduce((sum, address) => sum + address.length + 8, 0);
  return 32 + path.length + entry.id.length + entry.versions.length * 8 + addresses;
}

export function isSame(one: dir_entry, other: dir_entry): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
