// NDR for users: a value to bytes and back.
import { checkOptions, type OptionTable } from "../../base/check-options.js";
import { NdrDecoder } from "./decoder.js";
import { NdrEncoder } from "./encoder.js";
import { emptyScope } from "./scope.js";
import type { NdrType } from "./types.js";

/** The byte order of numbers. Each sender uses its own order, and announces it in the first bytes of each PDU. */
export type ByteOrder = "little" | "big";

/** Options of `encodeNdr` and `decodeNdr`. */
export interface NdrOptions {
  /** The byte order of the encoded value. Default "little". */
  readonly byteOrder?: ByteOrder;
}

const optionTable: OptionTable<NdrOptions> = { byteOrder: ["little", "big"] };

/** The most bytes of an encoded value by default: 64 MiB. */
export const defaultMaxStub: number = 64 * 1024 * 1024;

/**
 * Encodes one value in NDR 2.0 (C706 chapter 14), with everything that its pointers lead to.
 * @throws NdrError if the value does not fit its type; TypeError for wrong options.
 * @example
 * console.log(encodeNdr({ kind: "long" }, 1, { byteOrder: "big" })); // Uint8Array(4) [ 0, 0, 0, 1 ]
 */
export function encodeNdr<T>(type: NdrType<T>, value: T, options: NdrOptions = {}): Uint8Array<ArrayBuffer> {
  checkOptions(optionTable, options);
  const encoder = new NdrEncoder({ little: options.byteOrder !== "big", limit: defaultMaxStub });
  encoder.outermost(type, value, emptyScope);
  return encoder.finish();
}

/**
 * Decodes one value from NDR 2.0 bytes. Every byte must be used.
 * @throws NdrError if the bytes are not such a value; TypeError for wrong options.
 * @example
 * console.log(decodeNdr({ kind: "short" }, new Uint8Array([1, 0]))); // 1
 */
export function decodeNdr<T>(type: NdrType<T>, bytes: Uint8Array, options: NdrOptions = {}): T {
  checkOptions(optionTable, options);
  const decoder = new NdrDecoder(bytes, { little: options.byteOrder !== "big" });
  const value = decoder.value(type);
  decoder.finish();
  return value as T;
}
