// The input of commands: files, standard input, and JSON in arguments.
import { MAX_INTERFACE_SIZE, readInterfaceBytes, refuseBinary } from "../project/read-file.js";
import { XdrError } from "../xdr/errors.js";
import { CommandError } from "./output.js";

/** The most bytes of a value on standard input. */
export const longestValue = 256 * 1024 * 1024;

/** Reads standard input to its end. @throws CommandError if it has more than `most` bytes. */
export async function readStdin(most = longestValue): Promise<Uint8Array> {
  if (process.stdin.isTTY) process.stderr.write("reading standard input, end it with Ctrl-D\n");
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > most) throw new CommandError("CANNOT_READ", `standard input has more than ${most / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An argument, or standard input in its place when it is "-" or missing. */
export async function readArgument(argument: string | undefined): Promise<Uint8Array> {
  return argument === undefined || argument === "-" ? readStdin() : Buffer.from(argument, "utf8");
}

/** An interface file's bytes, or those of standard input for `-`. @throws ProjectError which says what is wrong. */
export async function readInterface(path: string): Promise<Uint8Array> {
  if (path !== "-") return readInterfaceBytes(path);
  const bytes = await readStdin(MAX_INTERFACE_SIZE);
  refuseBinary("standard input", bytes);
  return bytes;
}

/** Parses JSON. @throws CommandError that says `what` the text should be, and where it is not valid JSON. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const hint = /^[A-Za-z_][\w ]*$/.test(text.trim()) ? ` A string needs its quotes: '"${text.trim()}"'.` : "";
    const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text.trim();
    const message = `${what} is not JSON: ${shown === "" ? "it is empty" : shown} (${(error as Error).message}).${hint}`;
    throw new CommandError("BAD_JSON", message, { cause: error });
  }
}

/** Converts an XdrError of a JSON value that does not fit its type to a CommandError; other errors are unchanged. */
export function valueError(error: unknown): unknown {
  if (!(error instanceof XdrError)) return error;
  return new CommandError(error.code, error.message, { cause: error, details: { path: error.path } });
}
