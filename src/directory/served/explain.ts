// Converts failures between the engine and its directory server to DirectoryErrors.
import { BindingError } from "../../binding/locate.js";
import { AuthStat } from "../../rpc/auth.js";
import { RpcCodecError, RpcDisconnected, RpcError, RpcRejected, RpcTimeout } from "../../rpc/errors.js";
import { TransportError } from "../../transport/errors.js";
import { dir_stat } from "../directory.gen.js";
import { DirectoryError, type DirectoryErrorCode } from "../errors.js";

/** The error as the caller receives it. */
export function explain(error: unknown, name: string, signal?: AbortSignal): unknown {
  if (error instanceof DirectoryError) return error;
  if (signal?.aborted) return cancelled(signal, name);
  if (error instanceof RpcCodecError && error.code === "RPC_CANT_ENCODE_ARGS") {
    return new DirectoryError("DIRECTORY_BAD_ENTRY", `the ${name} cannot be sent: ${error.message}`, { cause: error });
  }
  if (error instanceof RpcError) {
    const isSilent = error instanceof RpcDisconnected || error instanceof RpcTimeout || error instanceof BindingError;
    const why = error.cause instanceof TransportError ? error.cause.message : error.message;
    const message = isSilent
      ? `the ${name} does not answer: ${why}; start one there (lupine directory serve), or use another`
      : `the ${name} is not a directory server, or is closing: ${error.message}${adviceFor(error)}`;
    return new DirectoryError("DIRECTORY_UNREACHABLE", message, { cause: error });
  }
  if (error instanceof TransportError && error.code === "TRANSPORT_BAD_ADDRESS") {
    const message = `bad directory: ${error.message}; or a store, nats://host:port or dns:example.org`;
    return new DirectoryError("DIRECTORY_BAD_URL", message, { cause: error });
  }
  return error;
}

function adviceFor(error: RpcError): string {
  const isWeak = error instanceof RpcRejected && error.authStat === AuthStat.TOOWEAK;
  return isWeak ? "; if it requires TLS, name it by a tls://host:port URL, or open it with openDirectory" : "";
}

/** The caller no longer wants the answer: `cause` is the reason. */
export function cancelled({ reason }: AbortSignal, name: string): DirectoryError {
  const message = `the question to the ${name} was cancelled: ${reason instanceof Error ? reason.message : reason}`;
  return new DirectoryError("DIRECTORY_UNREACHABLE", message, { cause: reason });
}

/** The engine was closed by its own program. */
export function closedError(name: string): DirectoryError {
  return new DirectoryError("DIRECTORY_CLOSED", `the ${name} was closed by this program; open it again`);
}

const codes = new Map<dir_stat, DirectoryErrorCode>([
  [dir_stat.DIR_BAD_PATH, "DIRECTORY_BAD_PATH"],
  [dir_stat.DIR_BAD_ENTRY, "DIRECTORY_BAD_ENTRY"],
]);

/** The status with which the server refused. */
export function refusalError({ status, why }: { readonly status: dir_stat; readonly why: string }, name: string) {
  return new DirectoryError(codes.get(status) ?? "DIRECTORY_REFUSED", `the ${name} refused: ${why}`);
}
