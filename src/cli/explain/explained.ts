// Bytes and their meaning, for --explain.
import { explain } from "../../xdr/explain.js";
import { formatExplanation } from "../../xdr/explain-format.js";
import type { XdrType } from "../../xdr/type.js";
import { printJson, printResult } from "../output.js";

/** Prints each part of the value beside its bytes. @throws XdrError, after printing, if not all bytes could be read. */
export function printExplained(type: XdrType<unknown>, bytes: Uint8Array, { json }: { json: boolean }): void {
  const explanation = explain(type, bytes);
  if (json) {
    const { parts, end } = explanation;
    const hex = (offset: number, length: number): string =>
      Buffer.from(bytes.subarray(offset, offset + length)).toString("hex");
    printJson({ parts: parts.map((part) => ({ ...part, hex: hex(part.offset, part.length) })), end });
  } else {
    const lines = formatExplanation({ ...explanation, error: undefined });
    if (lines.length > 0) printResult(lines.join("\n"));
  }
  if (explanation.error !== undefined) throw explanation.error;
}
