// The input of `lupine explain`: hexadecimal words, a file, or standard input, followed by interface files.
import { isUtf8 } from "node:buffer";
import { whyNot } from "../../project/problem.js";
import { readAtMost, statOf } from "../../project/read-file.js";
import { parseBytes } from "../call/bytes.js";
import { readStdin } from "../input.js";
import { CommandError } from "../output.js";
import { parseHexText } from "./hex-dump.js";

export const inputForms = ["auto", "hex", "base64", "binary"] as const;
export type InputForm = (typeof inputForms)[number];

/** The most bytes that are read from a file or standard input. */
const longestInput = 64 * 1024 * 1024;

/** The words of a command line: the source of the bytes, and the interface files. */
export interface ExplainWords {
  readonly input: Uint8Array;
  readonly interfaces: readonly string[];
}

/**
 * The first word is `-`, a file, or hexadecimal; further hexadecimal words belong to it. The others are interface files.
 * @throws CommandError
 */
export async function readWords(words: readonly string[]): Promise<ExplainWords> {
  const [first = "-", ...others] = words;
  if (first === "-") return { input: await readStdin(longestInput), interfaces: others };
  if (statOf(first) !== undefined) return { input: readInput(first), interfaces: others };
  if (!looksLikeHex(first)) {
    throw new CommandError("USAGE", `${JSON.stringify(first)} is neither a file nor hexadecimal digits`);
  }
  const end = others.findIndex((word) => !looksLikeHex(word) || statOf(word) !== undefined);
  const digits = end < 0 ? others : others.slice(0, end);
  return { input: Buffer.from([first, ...digits].join(" ")), interfaces: others.slice(digits.length) };
}

// One word of the command line, or several in quotes.
function looksLikeHex(word: string): boolean {
  return /^[\s:,;"'{}xX\\0-9a-fA-F]+$/.test(word) && /[0-9a-fA-F]/.test(word);
}

function readInput(path: string): Uint8Array {
  let bytes: Uint8Array | undefined;
  try {
    bytes = readAtMost(path, longestInput);
  } catch (error) {
    throw new CommandError("CANNOT_READ", `cannot read ${path}: ${whyNot(error)}`, { details: { file: path } });
  }
  if (bytes !== undefined) return bytes;
  const most = `${longestInput / 1024 / 1024} MiB`;
  throw new CommandError("CANNOT_READ", `${path} has more than ${most}: cut out the part that you want to see`);
}

/** The blocks of bytes that the input holds. @throws CommandError */
export function blocksOfInput(input: Uint8Array, form: InputForm): Uint8Array[] {
  if (input.length === 0) throw new CommandError("BAD_BYTES", "there are no bytes: the input is empty");
  const text = withoutByteOrderMark(input);
  if (form === "hex" || (form === "auto" && isText(text))) return parseHexText(Buffer.from(text).toString("utf8"));
  const bytes = form === "base64" ? parseBytes(input, "base64") : input;
  refuseCapture(bytes);
  return [bytes];
}

function isText(bytes: Uint8Array): boolean {
  const isPlain = bytes.every((byte) => (byte >= 0x20 && byte !== 0x7f) || (byte >= 9 && byte <= 13));
  return isPlain && isUtf8(bytes);
}

const captures = new Set(["d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "a1b23c4d", "0a0d0d0a"]);

function refuseCapture(bytes: Uint8Array): void {
  if (!captures.has(Buffer.from(bytes.subarray(0, 4)).toString("hex"))) return;
  const how = `tshark -r FILE -q -z follow,tcp,raw,0 prints one as hexadecimal`;
  throw new CommandError(
    "BAD_BYTES",
    `this is a pcap file, with the headers of every layer: give the bytes of one TCP stream or of one UDP datagram (${how})`,
  );
}

/** Editors and shells on Windows begin a text with a byte order mark, and write it as UTF-8 or UTF-16. */
function withoutByteOrderMark(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  if (bytes.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf))) return bytes.subarray(3);
  if (!bytes.subarray(0, 2).equals(Buffer.of(0xff, 0xfe))) return input;
  const text = Buffer.from(bytes.toString("utf16le", 2));
  return isText(text) ? text : input;
}
