// How error messages show a JavaScript value that does not fit: short, on one line, never throwing. The value is the caller's
// own: text of a peer goes through base/quote.ts, which is too large for the smallest bundles.

const longest = 40;

/** `value` for an error message. */
export function show(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return showBigInt(value);
    case "object":
      return value === null ? "null" : showObject(value);
    case "function":
      return "a function";
    default:
      return String(value);
  }
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

function showObject(value: object): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes (Uint8Array)`;
  return "an object";
}
