// Bytes as people write them: hexadecimal, base64 or raw.
import { CommandError } from "../output.js";

export const byteFormats = ["hex", "base64", "binary"] as const;
export type ByteFormat = (typeof byteFormats)[number];

/** @throws CommandError for an unknown format. */
export function asByteFormat(name: string): ByteFormat {
  const format = byteFormats.find((known) => known === name.toLowerCase());
  if (format === undefined) {
    throw new CommandError("USAGE", `"${name}" is not a byte format: use ${byteFormats.join(", ")}`);
  }
  return format;
}

/**
 * Reads bytes. Hexadecimal may have spaces, colons, line ends and 0x between its pairs of digits.
 * @throws CommandError if the text is not in the requested format.
 */
export function parseBytes(input: Uint8Array, format: ByteFormat): Uint8Array {
  if (format === "binary") return input;
  const text = Buffer.from(input).toString("latin1");
  return format === "hex" ? parseHex(text) : parseBase64(text);
}

/** Bytes in the requested form; text forms end with a line end. */
export function formatBytes(bytes: Uint8Array, format: ByteFormat): string | Uint8Array {
  return format === "binary" ? bytes : `${Buffer.from(bytes).toString(format)}\n`;
}

function parseHex(text: string): Uint8Array {
  const digits = text.replace(/0[xX](?=[0-9a-fA-F])|[\s:,]+/g, "");
  const wrong = /[^0-9a-fA-F]/.exec(digits);
  if (wrong !== null) {
    throw new CommandError("BAD_BYTES", `"${wrong[0]}" is not a hexadecimal digit (choose another form with --in)`);
  }
  if (digits.length % 2 !== 0) {
    throw new CommandError("BAD_BYTES", `${digits.length} hexadecimal digits: a byte is missing its second digit`);
  }
  return Buffer.from(digits, "hex");
}

function parseBase64(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  const wrong = /[^A-Za-z0-9+/=_-]/.exec(digits);
  if (wrong !== null || digits.replace(/=+$/, "").length % 4 === 1) {
    const what = wrong === null ? "its length is wrong" : `it has "${wrong[0]}" in it`;
    throw new CommandError("BAD_BYTES", `the input is not base64: ${what} (choose another form with --in)`);
  }
  return Buffer.from(digits, "base64");
}
