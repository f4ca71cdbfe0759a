// The places of a group's workers.
import type { Member } from "./member.js";

/** A place for one worker after the other. */
export interface Place {
  readonly number: number;
  member: Member | undefined;
  /** Ends in a row that came too soon. */
  failures: number;
  retired: boolean;
  /** The successor of its worker is being started. */
  replacing: boolean;
}

/** Adds a place with the lowest number that is free. */
export function addPlace(places: Place[]): Place {
  let number = 1;
  while (places.some((one) => one.number === number)) number++;
  const place: Place = { number, member: undefined, failures: 0, retired: false, replacing: false };
  places.push(place);
  return place;
}

export function removePlace(places: Place[], place: Place): void {
  const index = places.indexOf(place);
  if (index >= 0) places.splice(index, 1);
}
