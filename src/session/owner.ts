// To whom a session belongs: the credential of the client that made it, and its host, for limits.
import type { Identity } from "../rpc/auth.js";
import type { IncomingCall } from "../rpc/call.js";
import { formatAddress } from "../transport/address.js";
import { addressGroup } from "../transport/address-group.js";
import type { Session } from "./session.js";

/** The credential that a session belongs to. */
export function ownerOf({ flavor, sys, principal }: Identity): string {
  return JSON.stringify([flavor, principal, sys && [sys.uid, sys.gid, sys.machineName]]);
}

/** The host of a caller; for IPv6 its /64 network, of which one host may have all addresses. */
export function hostOf({ remote }: Pick<IncomingCall, "remote">): string {
  return "host" in remote ? addressGroup(remote.host) : formatAddress(remote);
}

/** Whether a session belongs to a caller. Remembers the last caller, because a session nearly always has only one. */
export function isOwner(session: Session, identity: Identity): boolean {
  if (session.lastCaller !== undefined && isSame(session.lastCaller, identity)) return true;
  if (session.owner !== ownerOf(identity)) return false;
  session.lastCaller = identity;
  return true;
}

function isSame(one: Identity, other: Identity): boolean {
  if (one === other) return true;
  if (one.flavor !== other.flavor || one.principal !== other.principal) return false;
  if (one.sys === undefined || other.sys === undefined) return one.sys === other.sys;
  return (
    one.sys.uid === other.sys.uid && one.sys.gid === other.sys.gid && one.sys.machineName === other.sys.machineName
  );
}
