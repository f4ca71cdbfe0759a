// To whom a session or a ticket belongs: the credential and the certificate of the client that made it, and its host, for limits.
import { createHash } from "node:crypto";
import type { Identity } from "../rpc/auth.js";
import type { IncomingCall } from "../rpc/call.js";
import { formatAddress } from "../transport/address.js";
import { groupOf } from "../transport/address-group.js";
import type { Certificate } from "../transport/tls/security.js";
import type { Session } from "./session.js";

/** The credential that a session belongs to, and the holder of the certificate, unless `principal` names the caller already. */
export function ownerOf({ flavor, sys, principal, tls }: Identity): string {
  const credential = [flavor, principal, sys && [sys.uid, sys.gid, sys.machineName]];
  return JSON.stringify(principal === undefined && tls !== undefined ? [...credential, holderOf(tls)] : credential);
}

/** A text that stays the same when a certificate is renewed: a digest of the names that its authority vouches for. */
function holderOf({ issuer, subject, names, fingerprint }: Certificate): string {
  if (subject === "" && names.length === 0) return fingerprint;
  return createHash("sha256")
    .update(JSON.stringify([issuer, subject, names]))
    .digest("base64");
}

/** The host of a caller; for IPv6 its /64 network, of which one host may have all addresses. */
export function hostOf({ remote }: Pick<IncomingCall, "remote">): string {
  return groupOf(remote) ?? formatAddress(remote);
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
  if (one.tls?.fingerprint !== other.tls?.fingerprint) return false;
  if (one.sys === undefined || other.sys === undefined) return one.sys === other.sys;
  return (
    one.sys.uid === other.sys.uid && one.sys.gid === other.sys.gid && one.sys.machineName === other.sys.machineName
  );
}
