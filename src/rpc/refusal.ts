// Every refusal of RFC 5531 section 9 is built here, except that of a client, which serves no programs
// (peer/nothing-served.ts).
import type { XdrWriter } from "../xdr/writer.js";
import type { AuthStat } from "./auth.js";
import { AcceptStat, MessageType, RejectStat, ReplyStat, rpcVersion } from "./header.js";

/** Why a call was denied before its program was examined (MSG_DENIED). */
export type Denial = { readonly kind: "rpc-mismatch" } | { readonly kind: "auth-error"; readonly why: AuthStat };

/** Why an accepted call did not succeed (MSG_ACCEPTED). */
export type Refusal =
  | { readonly kind: "program-unavailable" | "procedure-unavailable" | "garbage-arguments" | "system-error" }
  | { readonly kind: "program-mismatch"; readonly low: number; readonly high: number };

/** The complete reply to a denied call. It has no verifier. */
export function writeDenial(out: XdrWriter, xid: number, denial: Denial): void {
  out.writeWord(xid);
  out.writeWord(MessageType.REPLY);
  out.writeWord(ReplyStat.MSG_DENIED);
  if (denial.kind === "auth-error") {
    out.writeWord(RejectStat.AUTH_ERROR);
    out.writeWord(denial.why);
    return;
  }
  out.writeWord(RejectStat.RPC_MISMATCH);
  out.writeWord(rpcVersion);
  out.writeWord(rpcVersion);
}

/** Writes accept status and its data: everything after the reply's verifier. */
export function writeRefusal(out: XdrWriter, refusal: Refusal): void {
  out.writeWord(acceptStatOf(refusal));
  if (refusal.kind !== "program-mismatch") return;
  out.writeWord(refusal.low);
  out.writeWord(refusal.high);
}

function acceptStatOf(refusal: Refusal): number {
  switch (refusal.kind) {
    case "program-unavailable":
      return AcceptStat.PROG_UNAVAIL;
    case "program-mismatch":
      return AcceptStat.PROG_MISMATCH;
    case "procedure-unavailable":
      return AcceptStat.PROC_UNAVAIL;
    case "garbage-arguments":
      return AcceptStat.GARBAGE_ARGS;
    case "system-error":
      return AcceptStat.SYSTEM_ERR;
  }
}
