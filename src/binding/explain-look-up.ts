// Explains why a look-up failed, from all the binders and versions that were tried.
import { RpcCodecError, RpcDisconnected, type RpcError, RpcRefused, RpcRejected } from "../rpc/errors.js";
import { type Address, formatAddress } from "../transport/address.js";
import { isUnknownHost, noBinder, unknownHost } from "./ask.js";
import { isNoAnswer } from "./binder.js";
import { BindingError } from "./errors.js";

/** The outcome of one question. */
export interface Failure {
  readonly address: Address;
  /** The version of the binding protocol. */
  readonly version: number;
  /** Why it could not be asked. Undefined: there was no time left to ask. */
  readonly error: unknown;
}

/** The most useful error: a binder's refusal, else its unreadable answers, else that no binder answered. */
export function explainFailures(host: string, addresses: readonly Address[], failures: readonly Failure[]): Error {
  const errors = failures.map(({ error }) => error);
  const said = errors.find((error) => error instanceof BindingError && error.code === "RPC_NOT_REGISTERED");
  if (said !== undefined) return said as BindingError;
  const strange = errors.find((error) => !(error instanceof BindingError || isSilent(error)));
  if (strange !== undefined && !isNoAnswer(strange)) return strange as Error;
  const unknown = errors.find((error) => error instanceof Error && isUnknownHost(error));
  if (unknown !== undefined) return unknownHost(host, unknown as Error);
  const insecure = errors.find(isOfTls);
  if (insecure !== undefined && errors.every(isSilent)) return insecure as Error;
  if (errors.every(isSilent)) return noBinder(host, addresses, errors);
  const tried = addresses.map((address) => {
    const own = failures.filter((failure) => failure.address === address);
    return `${formatAddress(address)} ${summed(own)}`;
  });
  const message = `no rpcbind of ${host} gave a usable answer: ${tried.join("; ")}`;
  return new BindingError("RPC_BAD_BINDER_ANSWER", message, { cause: errors.find((error) => !isSilent(error)) });
}

/** No binder has answered there. */
function isSilent(error: unknown): boolean {
  return error === undefined || shortly(error) === "no answer" || shortly(error) === "no connection";
}

/** The binder could not be asked through TLS. The error says why. */
function isOfTls(error: unknown): boolean {
  const { code } = ((error as Partial<Error> | undefined)?.cause ?? {}) as { readonly code?: string };
  return code === "TRANSPORT_TLS_FAILED" || code === "TRANSPORT_TLS_NOT_OFFERED";
}

/** "versions 4 and 3: PROG_MISMATCH, version 2: no answer". */
function summed(failures: readonly Failure[]): string {
  const versions = new Map<string, number[]>();
  for (const { version, error } of failures) {
    const why = shortly(error);
    versions.set(why, [...(versions.get(why) ?? []), version]);
  }
  return [...versions].map(([why, of]) => `version${of.length > 1 ? "s" : ""} ${of.join(" and ")}: ${why}`).join(", ");
}

function shortly(error: unknown): string {
  if (error instanceof BindingError) return error.message;
  if (error instanceof RpcDisconnected) return error.mayHaveRun ? "hung up" : "no connection";
  if (error instanceof RpcRefused || error instanceof RpcRejected) return error.code.replace("RPC_", "");
  if (error instanceof RpcCodecError) return "an answer that cannot be decoded";
  const { code } = (error ?? {}) as Partial<RpcError>;
  return code === undefined || code === "RPC_TIMEOUT" || code === "RPC_CANCELLED" ? "no answer" : String(code);
}
