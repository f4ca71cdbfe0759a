// Objects that come and go in any order: an array in which the last one takes the place of one that leaves. Not a Set: V8 links each table
// of a Set to the next one, so whatever connections leave there, with all that they hold, is kept until the next full collection.

/** An object that can be in one bag at a time. */
export interface Member {
  /** Its index in the bag; -1 outside of it. */
  seat: number;
}

export class Bag<T extends Member> {
  /** All that are in the bag, in no particular order. Copy it to remove some on the way. */
  readonly members: T[] = [];

  add(member: T): void {
    member.seat = this.members.push(member) - 1;
  }

  /** Does nothing if the member has left already. */
  remove(member: T): void {
    const { seat } = member;
    if (seat < 0) return;
    member.seat = -1;
    const last = this.members.pop() as T;
    if (last === member) return;
    this.members[seat] = last;
    last.seat = seat;
  }
}
