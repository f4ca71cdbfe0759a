// Who may change what a binder knows, and as whom: only callers of this machine (RFC 1833 section 2.2.1 leaves it open;
// binders that let strangers register were used to take over services).
import { AuthStat } from "../../rpc/auth.js";
import type { Call } from "../../rpc/call.js";
import { deny, refuse } from "../../server/index.js";
import { isLoopback } from "./reachable.js";
import { superuser, unknownOwner } from "./table.js";

/**
 * The owner that a caller's registrations get. On the Unix socket it is whom the caller says to be: the socket's file
 * mode decides who can say so. Over IP everybody is "unknown".
 * @throws RpcRejected AUTH_FAILED for callers of other machines.
 */
export function ownerOf(call: Call, claimed: string): string {
  if (call.remote.kind === "unix") return nameOf(call.identity?.sys?.uid ?? claimed);
  if ("host" in call.remote && !isLoopback(call.remote.host)) throw deny(AuthStat.FAILED);
  return unknownOwner;
}

function nameOf(user: number | string): string {
  if (String(user) === "0") return superuser;
  return user === "" ? unknownOwner : String(user);
}

/**
 * Keeps long answers from strangers' datagrams, whose source address may be a victim's.
 * @throws RpcRefused PROC_UNAVAIL
 */
export function refuseAmplification(call: Call): void {
  const { remote } = call;
  if (remote.kind === "udp" && !isLoopback(remote.host)) throw refuse("RPC_PROC_UNAVAIL");
}
