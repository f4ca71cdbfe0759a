// XdrType<T>: the codec of one type, and its shape.
import type { UnknownMember } from "./open-enum.js";
import type { Quadruple } from "./quadruple.js";
import type { XdrReader } from "./reader.js";
import type { Shape } from "./shape.js";
import type { XdrWriter } from "./writer.js";

/**
 * Converts values of T to bytes and back, and describes the structure of T. Stateless; safe to share. `Input` is the
 * type of values that can be encoded, if it is wider than T: for bytes any Uint8Array, also one over shared memory.
 */
export interface XdrType<T, Input = T> {
  /** The type as data. */
  readonly shape: Shape;
  /**
   * Appends `value` to `out`.
   * @throws XdrError when the value breaks a rule of its type; what was written before stays in `out`.
   */
  encode(out: XdrWriter, value: Input): void;
  /**
   * Takes one value off `from`.
   * @throws XdrError when the bytes break a rule; nothing else is ever thrown.
   */
  decode(from: XdrReader): T;
}

/** The values that can be encoded in place of a decoded T: any Uint8Array for bytes, anywhere in T. */
export type Encodable<T> = T extends Uint8Array
  ? Uint8Array
  : T extends Whole
    ? T
    : unknown extends T // a type that is written by hand, and is not written yet
      ? T
      : { readonly [K in keyof T]: Encodable<T[K]> };

/** Types that contain no bytes. */
type Whole =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | ArrayBufferView
  | Quadruple
  | UnknownMember<string>;

/** Returns the result of `make()`, which is called when it is first needed: types may contain each other. */
export function lazily<T extends number | object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
