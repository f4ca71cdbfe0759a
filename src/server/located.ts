// Errors of codecs with the path of the field: "args.dirs[3].name: ...". The code that finds it is loaded with the first such
// error. If it cannot be loaded, for example because no file descriptor is left, the error has no path.

import { TransportError } from "../transport/errors.js";
import { XdrError } from "../xdr/errors.js";
import { copyOf } from "../xdr/memory.js";
import type { XdrReader } from "../xdr/reader.js";
import type { ServedProcedure } from "./programs.js";
import type { ServerCall } from "./server-call.js";

/** The error for arguments that cannot be decoded. It copies the bytes of `from` after `start`. */
export function argumentError(
  { procedure }: ServedProcedure,
  from: XdrReader,
  start: number,
  error: unknown,
): Promise<unknown> {
  const bytes = copyOf(from.buffer, start, from.end - start);
  const { limits, lenient } = from;
  return import("../xdr/locate.js").then(
    ({ locateDecodeError: locate }) =>
      locate(procedure.args.shape, bytes, 0, bytes.length, error, limits, "args", lenient !== undefined),
    () => error,
  );
}

/** For a reply that cannot be encoded or sent. Undefined: it is not an error of the result, and has no path. */
export function resultError(
  { served, seal, refusal, result }: ServerCall,
  error: unknown,
): Promise<unknown> | undefined {
  if (refusal !== undefined || error instanceof TransportError) return undefined;
  // The flavor's own seal may have thrown.
  if (seal !== undefined && !(error instanceof XdrError)) return undefined;
  return import("../xdr/locate.js").then(
    ({ locateEncodeError: locate }) => locate(served.procedure.result.shape, result, error, "result"),
    () => error,
  );
}
