// How much of a limit each host uses, and which of its registrations are removed to make room for others.
import { type Registered, sizeOf } from "./registered.js";
import { ByHost, Shares } from "./shares.js";

/** The hosts that use a limit, and their registrations. */
export interface Users {
  readonly entries: Shares;
  readonly bytes: Shares;
  readonly items: ByHost<Registered>;
}

export function newUsers(): Users {
  const unlimited = { most: Number.POSITIVE_INFINITY, perHost: Number.POSITIVE_INFINITY, reserved: 0 };
  return { entries: new Shares(unlimited), bytes: new Shares(unlimited), items: new ByHost() };
}

/** Adds a registration to what its host uses, or takes it away. */
export function countIn({ entries, bytes, items }: Users, item: Registered, by: 1 | -1): void {
  if (by > 0) items.touch(item.origin, item);
  else items.remove(item.origin, item);
  entries.count(item.origin, by);
  bytes.count(item.origin, by * sizeOf(item));
}

/** Sets whether a registration is kept (`by` 1), or can be removed to make room (-1). */
export function keepIn({ entries, bytes, items }: Users, item: Registered, by: 1 | -1): void {
  if (by > 0) items.remove(item.origin, item);
  else items.touch(item.origin, item);
  entries.keep(item.origin, by);
  bytes.keep(item.origin, by * sizeOf(item));
}
