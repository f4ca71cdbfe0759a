// Strings: short ASCII by hand (faster than a call into the engine), the rest strictly as UTF-8.
import { bufferOf } from "./memory.js";
import { refuse } from "./refusals.js";

/**
 * Stores `value` and zero padding at `at` if it is all ASCII; returns false (with partial data stored) if it is not.
 */
export function writeAscii(buffer: Uint8Array, at: number, value: string): boolean {
  const length = value.length;
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code > 0x7f) return false;
    buffer[at + i] = code;
  }
  for (let i = length; (i & 3) !== 0; i++) buffer[at + i] = 0;
  return true;
}

/** The bytes that `value` takes as UTF-8. @throws XdrError when it has a lone surrogate. */
export function utf8Length(value: string): number {
  checkWellFormed(value);
  return Buffer.byteLength(value, "utf8");
}

const strict = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// Node's own functions under Buffer.toString and write, without their argument checks; not in its documented interface.
type Engine = {
  utf8Slice?: (this: Uint8Array, start: number, end: number) => string;
  utf8Write?: (text: string, at: number) => number;
};
const utf8Slice = /* @__PURE__ */ (() =>
  (Buffer.prototype as Engine).utf8Slice ??
  function (this: Uint8Array, start: number, end: number): string {
    return bufferOf(this).toString("utf8", start, end);
  })();

const utf8Write = /* @__PURE__ */ (() =>
  (Buffer.prototype as Engine).utf8Write ??
  function (this: Buffer, text: string, at: number): number {
    return this.write(text, at, "utf8");
  })();

/** Stores the well-formed `value` at `at`; the caller has made room. @returns The bytes it took. */
export function writeUtf8(buffer: Buffer, at: number, value: string): number {
  return utf8Write.call(buffer, value, at);
}

/** @throws XdrError when `value` has a lone surrogate. */
export function checkWellFormed(value: string): void {
  // ES2024; every Node that we support has it.
  if (!(value as string & { isWellFormed(): boolean }).isWellFormed())
    refuse("XDR_BAD_TEXT", "the string has a lone surrogate, which UTF-8 cannot hold");
}

/** `buffer[start, end)` as text; undefined when it is not well-formed UTF-8. */
export function readUtf8(buffer: Uint8Array, start: number, end: number): string | undefined {
  const text = utf8Slice.call(buffer, start, end);
  // The engine replaces malformed text by U+FFFD: a second, strict check is needed only then.
  if (!text.includes("\uFFFD")) return text;
  try {
    return strict.decode(buffer.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** The most bytes that `readShortAscii` takes. */
export const shortText = 16;

/**
 * `length` bytes at `at` as text; undefined when not all are ASCII. It reads whole words, so zero padding must follow.
 * A third of the time of a call into the engine: each word is loaded once, and its characters are taken out of it.
 */
export function readShortAscii(view: DataView, at: number, length: number): string | undefined {
  if (length === 0) return "";
  const char = String.fromCharCode;
  const a = view.getUint32(at);
  const b = length > 4 ? view.getUint32(at + 4) : 0;
  const c = length > 8 ? view.getUint32(at + 8) : 0;
  const d = length > 12 ? view.getUint32(at + 12) : 0;
  if (((a | b | c | d) & 0x8080_8080) !== 0) return undefined;
  const a0 = a >>> 24;
  const a1 = (a >>> 16) & 0xff;
  const a2 = (a >>> 8) & 0xff;
  const a3 = a & 0xff;
  const b0 = b >>> 24;
  const b1 = (b >>> 16) & 0xff;
  const b2 = (b >>> 8) & 0xff;
  const b3 = b & 0xff;
  const c0 = c >>> 24;
  const c1 = (c >>> 16) & 0xff;
  const c2 = (c >>> 8) & 0xff;
  const c3 = c & 0xff;
  const d0 = d >>> 24;
  const d1 = (d >>> 16) & 0xff;
  const d2 = (d >>> 8) & 0xff;
  const d3 = d & 0xff;
  switch (length) {
    case 1:
      return char(a0);
    case 2:
      return char(a0, a1);
    case 3:
      return char(a0, a1, a2);
    case 4:
      return char(a0, a1, a2, a3);
    case 5:
      return char(a0, a1, a2, a3, b0);
    case 6:
      return char(a0, a1, a2, a3, b0, b1);
    case 7:
      return char(a0, a1, a2, a3, b0, b1, b2);
    case 8:
      return char(a0, a1, a2, a3, b0, b1, b2, b3);
    case 9:
      return char(a0, a1, a2, a3, b0, b1, b2, b3, c0);
    case 10:
      return char(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1);
    case 11:
      return char(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2);
    case 12:
      return char(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3);
    case 13:
      return char(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0);
    case 14:
      return char(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1);
    case 15:
      return char(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2);
    default:
      return char(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3);
  }
}
