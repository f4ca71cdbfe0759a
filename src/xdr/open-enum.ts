// The type of enum values that have no name.
declare const unknownMember: unique symbol;

/**
 * A number for which an open enum has no name: what a decoder gives for it, and by a cast (`7 as Color`) what an encoder
 * takes; `Number(color)` is the number. It is no `number` to the compiler: `switch` would then not narrow to the named
 * members any more.
 */
export interface UnknownMember<Enum extends string> {
  readonly [unknownMember]: Enum;
}
