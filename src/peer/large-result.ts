// Decodes a result that may use much memory. Loaded with the first one: most results are small.
import { XdrReader } from "../xdr/reader.js";
import { elementWeight } from "../xdr/weight.js";
import type { BadResult } from "./codec-errors.js";
import { badReply, type FailedCall } from "./failures.js";

/** A result whose bytes do not change any more. */
export interface KeptResult extends BadResult {
  readonly lenient: XdrReader["lenient"];
}

/** @throws what `decode` throws; RpcCodecError if the elements would take more than `mostBytes`. */
export function decodeLarge(
  call: FailedCall,
  { bytes, limits, lenient }: KeptResult,
  mostBytes: number,
  decode: (from: XdrReader) => unknown,
): unknown {
  const from = new XdrReader(bytes, lenient === undefined ? { limits } : { limits, lenient });
  from.owned = true;
  const most = Math.floor(mostBytes / elementWeight(call.request.procedure.result.shape));
  from.elementsLeft = Math.min(from.elementsLeft, most);
  try {
    return decode(from);
  } catch (error) {
    if (from.elementsLeft >= 0) throw error;
    const rule = `result: more than ${most} elements take too much memory (limits.decodedBytes, limits.elements)`;
    throw badReply(call, rule, error);
  }
}
