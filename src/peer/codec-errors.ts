// Finds the field that cannot be encoded or decoded. Loaded with the first such error: walking through a value again takes more
// code than sending a call.
import type { ChannelCall } from "../rpc/call.js";
import type { XdrError } from "../xdr/errors.js";
import type { XdrLimits } from "../xdr/limits.js";
import { locateDecodeError, locateEncodeError } from "../xdr/locate.js";

/** The error of a codec, and its text in the error of the call. */
export interface CodecError {
  readonly cause: unknown;
  readonly text: string;
}

/** The error for arguments that cannot be encoded. */
export function argumentError({ procedure, args }: ChannelCall, error: unknown): CodecError {
  const cause = locateEncodeError(procedure.args.shape, args, error, "args");
  return { cause, text: cause.message };
}

/** A result that could not be decoded. */
export interface BadResult {
  /** The bytes from the start of the result to the end of the message. */
  readonly bytes: Uint8Array;
  readonly limits: XdrLimits;
  readonly isLenient: boolean;
}

export function resultError({ procedure }: ChannelCall, result: BadResult, error: unknown): CodecError {
  const { bytes, limits, isLenient } = result;
  const { shape } = procedure.result;
  const cause = locateDecodeError(shape, bytes, 0, bytes.length, error, limits, "result", isLenient);
  return { cause, text: cause.message + advice(cause, isLenient) };
}

const forgivable = new Set(["XDR_BAD_PADDING", "XDR_BAD_TEXT"]);

/** The option that would accept the result. */
function advice(cause: XdrError, isLenient: boolean): string {
  if (isLenient) return "";
  if (cause.code === "XDR_TRAILING_BYTES") return " (options.strict: remove it to ignore them)";
  const isBool = cause.code === "XDR_OUT_OF_RANGE" && / bool/.test(cause.rule);
  return forgivable.has(cause.code) || isBool ? " (options.lenient forgives it)" : "";
}
