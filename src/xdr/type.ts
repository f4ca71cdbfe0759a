// XdrType<T>: the codec of one type, and its shape.
import type { XdrReader } from "./reader.js";
import type { Shape } from "./shape.js";
import type { XdrWriter } from "./writer.js";

/** How values of T go to bytes and back, and what T looks like. Stateless; safe to share. */
export interface XdrType<T> {
  readonly shape: Shape;
  /**
   * Appends `value` to `out`.
   * @throws XdrError when the value breaks a rule of its type; what was written before stays in `out`.
   */
  encode(out: XdrWriter, value: T): void;
  /**
   * Takes one value off `from`.
   * @throws XdrError when the bytes break a rule; nothing else is ever thrown.
   */
  decode(from: XdrReader): T;
}
