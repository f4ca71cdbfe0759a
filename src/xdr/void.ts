// The type without a value. In a file of its own: every server needs it, for procedure 0, and few the other primitives.
import { wrongType } from "./refusals.js";
import type { XdrType } from "./type.js";

/**
 * The codec of void, for results: no bytes (RFC 4506 section 4.16).
 * @example
 * console.log(encode(voidType, undefined).length); // 0
 */
export const voidType: XdrType<void> = {
  shape: { kind: "void" },
  encode(_out, value) {
    if (value !== undefined && value !== null) wrongType("void (undefined)", value);
  },
  decode: () => undefined,
};
