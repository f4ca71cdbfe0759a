// Strings: short ASCII by hand (faster than a call into the engine), the rest strictly as UTF-8.
import { XdrError } from "./errors.js";

/** Stores `value` and zero padding at `at` if it is all ASCII; false (with rubbish stored) if it is not. */
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
  if (!isWellFormed(value))
    throw new XdrError("XDR_BAD_TEXT", "the string has a lone surrogate, which UTF-8 cannot hold");
  return Buffer.byteLength(value, "utf8");
}

// ES2024; every Node that we support has it.
function isWellFormed(value: string): boolean {
  return (value as string & { isWellFormed(): boolean }).isWellFormed();
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// Node's own functions under Buffer.toString and write, without their argument checks; not in its documented interface.
type Engine = { utf8Slice?: (start: number, end: number) => string; utf8Write?: (text: string, at: number) => number };
const engine = Buffer.prototype as Engine;

const utf8Slice =
  engine.utf8Slice ??
  function (this: Buffer, start: number, end: number): string {
    return this.toString("utf8", start, end);
  };

const utf8Write =
  engine.utf8Write ??
  function (this: Buffer, text: string, at: number): number {
    return this.write(text, at, "utf8");
  };

/** Stores `value`, which is well-formed, at `at`, where there is room. @returns The bytes it took. */
export function writeUtf8(buffer: Buffer, at: number, value: string): number {
  return utf8Write.call(buffer, value, at);
}

/** @throws XdrError when `value` has a lone surrogate. */
export function checkWellFormed(value: string): void {
  if (!isWellFormed(value))
    throw new XdrError("XDR_BAD_TEXT", "the string has a lone surrogate, which UTF-8 cannot hold");
}

/** `buffer[start, end)` as text; undefined when it is not well-formed UTF-8. */
export function readUtf8(buffer: Buffer, start: number, end: number): string | undefined {
  if (end - start <= 12) {
    const short = readShortAscii(buffer, start, end - start);
    if (short !== undefined) return short;
  }
  const text = utf8Slice.call(buffer, start, end);
  // The engine puts U+FFFD for what is malformed: only then is a second, strict look needed.
  if (!text.includes("\uFFFD")) return text;
  try {
    return strict.decode(buffer.subarray(start, end));
  } catch {
    return undefined;
  }
}

const char = String.fromCharCode as (...codes: (number | undefined)[]) => string;

/** Up to 12 bytes as text, by hand: a third of the time of a call into the engine. Undefined when not all are ASCII. */
function readShortAscii(b: Uint8Array, i: number, length: number): string | undefined {
  let all = 0;
  for (let j = i; j < i + length; j++) all |= b[j] as number;
  if (all > 0x7f) return undefined;
  switch (length) {
    case 0:
      return "";
    case 1:
      return char(b[i]);
    case 2:
      return char(b[i], b[i + 1]);
    case 3:
      return char(b[i], b[i + 1], b[i + 2]);
    case 4:
      return char(b[i], b[i + 1], b[i + 2], b[i + 3]);
    case 5:
      return char(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4]);
    case 6:
      return char(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5]);
    case 7:
      return char(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6]);
    case 8:
      return char(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7]);
    case 9:
      return char(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7], b[i + 8]);
    case 10:
      return char(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7], b[i + 8], b[i + 9]);
    case 11:
      return char(
        b[i],
        b[i + 1],
        b[i + 2],
        b[i + 3],
        b[i + 4],
        b[i + 5],
        b[i + 6],
        b[i + 7],
        b[i + 8],
        b[i + 9],
        b[i + 10],
      );
    case 12:
      return char(
        b[i],
        b[i + 1],
        b[i + 2],
        b[i + 3],
        b[i + 4],
        b[i + 5],
        b[i + 6],
        b[i + 7],
        b[i + 8],
        b[i + 9],
        b[i + 10],
        b[i + 11],
      );
    default:
      return undefined;
  }
}
