// Options that several commands share.
import { InvalidArgumentError, Option } from "commander";
import { byteFormats } from "./call/bytes.js";

/** A choice of hex, base64 or binary; default hex. */
export function byteFormatOption(flags: string, description: string): Option {
  return new Option(flags, description).choices(byteFormats).default("hex");
}

/** `--timeout`, in milliseconds. */
export function timeoutOption(description: string, seconds: number): Option {
  return new Option("--timeout <time>", `${description}: seconds, or "300ms", "2s", "1m"`)
    .argParser(parseDuration)
    .default(seconds * 1000, `${seconds}s`);
}

/** Parses a span of time: seconds, with an optional unit of `ms`, `s` or `m`. @returns milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Write it like "5", "2.5s", "300ms" or "1m".');
  const units = { ms: 1, s: 1000, m: 60_000 };
  const duration = Number(match[1]) * units[(match[2] ?? "s") as keyof typeof units];
  if (duration <= 0 || duration > 86_400_000)
    throw new InvalidArgumentError("It must be more than 0 and at most a day.");
  return duration;
}
