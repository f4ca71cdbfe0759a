// The type of enum values that have no name.
declare const unknownMember: unique symbol;

/**
 * A number for which an open enum has no name. Decoders return it, and encoders accept it by a cast (`7 as Color`);
 * `Number(color)` is the number. Its type is not `number`, because a `switch` would then no longer narrow to the named
 * members.
 */
export interface UnknownMember<Enum extends string> {
  readonly [unknownMember]: Enum;
}
