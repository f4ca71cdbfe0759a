// Errors and warnings whose code is loaded with the first of them: most calls succeed.
import { RpcCodecError, RpcDisconnected, RpcError } from "../rpc/errors.js";
import { TransportError } from "../transport/errors.js";
import type { BadResult, CodecError } from "./codec-errors.js";
import { badReply, type FailedCall, facts } from "./failures.js";
import type { OnLeftOver } from "./left-over-warning.js";

/**
 * Converts an error that `connection.send` or an encoder threw. For arguments that cannot be encoded, the error with
 * its path follows later.
 */
export function notSent(call: FailedCall, error: unknown): RpcError | Promise<RpcError> {
  const sentBefore = call.transmissions > 0;
  if (error instanceof RpcError) {
    // The credential's own failure to renew itself after a refusal.
    (error as { mayHaveRun: boolean }).mayHaveRun ||= sentBefore && !call.reliable;
    return error;
  }
  if (!(error instanceof TransportError)) {
    return explained(error, ({ argumentError }) => argumentError(call.request, error)).then(({ cause, text }) => {
      const message = `the arguments cannot be encoded: ${text}`;
      return new RpcCodecError("RPC_CANT_ENCODE_ARGS", message, facts(call, sentBefore, cause));
    });
  }
  if (error.code === "TRANSPORT_MESSAGE_TOO_LONG") {
    const message = `the arguments do not fit this transport: ${error.message}`;
    return new RpcCodecError("RPC_CANT_ENCODE_ARGS", message, facts(call, sentBefore, error));
  }
  return new RpcDisconnected(`the call could not be sent: ${error.message}`, facts(call, sentBefore, error));
}

/** For a result that cannot be decoded. Its bytes must not change any more. */
export async function undecodable(call: FailedCall, result: BadResult, error: unknown): Promise<RpcCodecError> {
  const { cause, text } = await explained(error, ({ resultError }) => resultError(call.request, result, error));
  return badReply(call, text, cause);
}

type Explaining = typeof import("./late-parts.js");

/**
 * The error with its path; without it if the module cannot be loaded, for example because no file descriptor is left.
 */
function explained(error: unknown, explain: (module: Explaining) => CodecError): Promise<CodecError> {
  return import("./late-parts.js").then(explain, () => ({
    cause: error,
    text: (error as Error | undefined)?.message ?? String(error),
  }));
}

/** The error of a refused call; a less exact one if its module cannot be loaded. */
export function refusal(call: FailedCall, make: (module: Explaining) => RpcError): Promise<RpcError> {
  return import("./late-parts.js").then(make, (cause) =>
    badReply(call, `it is a refusal, whose code cannot be loaded: ${cause.message}`, cause),
  );
}

/** Reports each procedure once, by `process.emitWarning`. The text is loaded with the first report. */
export function warnOfLeftOver(): OnLeftOver {
  let warning: Promise<OnLeftOver> | undefined;
  return (what) => {
    warning ??= import("./late-parts.js").then(({ leftOverWarning }) => leftOverWarning());
    warning
      .then((warn) => warn(what))
      .catch(() => {
        warning = undefined;
      });
  };
}
