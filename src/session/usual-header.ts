// The header of the calls of a slot: nearly all have the same words as the one before, apart from their transaction ids. Then the
// steps up to the arguments (dispatcher.ts, 1 to 3) have the same outcome, and are left out.
import { type AdmitsAlike, AuthFlavor } from "../rpc/auth.js";
import { MessageType, rpcVersion } from "../rpc/header.js";
import type { Reception } from "../server/reception.js";
import type { FoundCall } from "../server/within.js";

/** Bytes of a header with AUTH_NONE. */
export const usualHeader = 40;

export interface Usual extends FoundCall {
  /** TLS may begin later on the same connection. */
  readonly security: Reception["channel"]["security"];
}

/**
 * The header at `at`, if every call with these words is admitted alike: with AUTH_NONE, to a procedure that has no conditions. The
 * message has as many bytes.
 */
export function usualAt(reception: Reception, view: DataView, at: number): Usual | undefined {
  const { always } = (reception.auth.get(AuthFlavor.NONE)?.admit ?? {}) as Partial<AdmitsAlike>;
  if (always?.kind !== "admitted" || always.from !== undefined) return undefined;
  const [program, version, procedure] = [view.getUint32(at + 12), view.getUint32(at + 16), view.getUint32(at + 20)];
  const served = reception.programs.find(program, version, procedure);
  if ("kind" in served || served.take !== undefined) return undefined;
  if (served.flavors !== undefined || served.requireTls !== undefined) return undefined;
  const usual = { program, version, procedure, served, admitted: always, security: reception.channel.security };
  return isUsual(usual, reception, view, at) ? usual : undefined;
}

export function isUsual(usual: Usual, { channel }: Reception, view: DataView, at: number): boolean {
  return (
    view.getUint32(at + 4) === MessageType.CALL &&
    view.getUint32(at + 8) === rpcVersion &&
    view.getUint32(at + 12) === usual.program &&
    view.getUint32(at + 16) === usual.version &&
    view.getUint32(at + 20) === usual.procedure &&
    (view.getInt32(at + 24) | view.getInt32(at + 28) | view.getInt32(at + 32) | view.getInt32(at + 36)) === 0 &&
    channel.security === usual.security
  );
}
