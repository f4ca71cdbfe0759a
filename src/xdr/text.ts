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

/** `buffer[start, end)` as text; undefined when it is not well-formed UTF-8. */
export function readUtf8(buffer: Buffer, start: number, end: number): string | undefined {
  const length = end - start;
  if (length <= 8) {
    let text = "";
    let i = start;
    for (; i < end; i++) {
      const code = buffer[i] as number;
      if (code > 0x7f) break;
      text += String.fromCharCode(code);
    }
    if (i === end) return text;
  }
  const text = buffer.toString("utf8", start, end);
  // The engine puts U+FFFD for what is malformed: only then is a second, strict look needed.
  if (text.includes("\uFFFD")) {
    try {
      return strict.decode(buffer.subarray(start, end));
    } catch {
      return undefined;
    }
  }
  return text;
}
