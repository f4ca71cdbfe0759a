// How error messages show a JavaScript value that does not fit: short, on one line, never throwing. The value is the caller's
// own: text of a peer goes through base/quote.ts, which is too large for the smallest bundles.

const longest = 40;

/** `value` for an error message. */
export function show(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value);
  }
  if (typeof value === "bigint") return showBigInt(value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes (Uint8Array)`;
  if (typeof value === "object" && value !== null) return "an object";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function showBigInt(value: bigint): string {
  // Turning a huge bigint into decimals takes quadratic time.
  if (BigInt.asIntN(256, value) !== value) return "a bigint of more than 256 bits";
  return `${value}n`;
}
