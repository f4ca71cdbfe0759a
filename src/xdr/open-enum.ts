// The type of enum values that have no name.
declare const unknownMember: unique symbol;

/**
 * A number for which an open enum has no name: what a decoder gives for it, and by a cast (`7 as Color`) what an encoder
 * takes. It is a type of its own, so that `switch` still tells the named members apart.
 */
export type UnknownMember<Enum extends string> = number & { readonly [unknownMember]: Enum };
