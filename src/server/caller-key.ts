// The identity of a caller, for a reply cache. Two processes of one host are two callers: a cache that left out the port would
// give one the reply of the other.
import { randomName } from "../base/random-bytes.js";
import type { Identity } from "../rpc/auth.js";
import { type Address, formatAddress } from "../transport/address.js";
import { groupOf } from "../transport/address-group.js";

/**
 * A caller: its session, if its credential proves one, or else its address with port, and its credential. Callers without a port, over Unix sockets
 * or in memory, are distinguished by their connection: a call that is repeated over a new connection counts as a new call.
 */
export interface CallerKey {
  /** A text that identifies the caller: equal for calls of the same caller, different for all others. */
  readonly id: string;
  /**
   * The caller's host, or its /64 network for IPv6, for limits per host; "" if it has none. Not part of the identity.
   */
  readonly host: string;
  /** The caller's address, port included. */
  readonly remote: Address;
  /** The transport's network identifier. */
  readonly netid: string;
  /** The caller's credential. */
  readonly identity: Identity;
}

/** The callers of one connection: nearly always one. */
export class Callers {
  readonly #netid: string;
  readonly #remote: Address;
  #where: string | undefined;
  #last: CallerKey | undefined;

  constructor(remote: Address, netid: string) {
    this.#remote = remote;
    this.#netid = netid;
  }

  /** The caller with this credential. */
  keyOf(identity: Identity): CallerKey {
    if (this.#last !== undefined && areEqual(this.#last.identity, identity)) return this.#last;
    this.#where ??= placeOf(this.#netid, this.#remote);
    const { flavor, session } = identity;
    const id = session === undefined ? `${this.#where} ${credentialOf(identity)}` : `session ${flavor} ${session}`;
    this.#last = {
      id,
      host: this.#last?.host ?? groupOf(this.#remote) ?? "",
      remote: this.#remote,
      netid: this.#netid,
      identity,
    };
    return this.#last;
  }
}

function placeOf(netid: string, remote: Address): string {
  const address = `${netid} ${formatAddress(remote)}`;
  return "port" in remote ? address : `${address} ${randomName()}`;
}

/** Whether both are the same credential, for the credentials that nearly all calls have: in doubt false. */
function areEqual(one: Identity, other: Identity): boolean {
  if (one === other) return true;
  const { sys } = one;
  if (one.tls !== other.tls) return false;
  if (sys === undefined || other.sys === undefined || one.flavor !== other.flavor) return false;
  if (one.principal !== undefined || one.session !== undefined) return false;
  if (other.principal !== undefined || other.session !== undefined) return false;
  const { uid, gid, machineName, gids } = other.sys;
  return (
    sys.uid === uid &&
    sys.gid === gid &&
    sys.machineName === machineName &&
    sys.gids.length === gids.length &&
    sys.gids.every((each, at) => each === gids[at])
  );
}

// The stamp is left out: a client may choose a new one for each transmission.
function credentialOf({ flavor, sys, principal, tls }: Identity): string {
  const credential = [flavor, principal, sys && [sys.uid, sys.gid, sys.gids, sys.machineName]];
  return JSON.stringify(tls === undefined ? credential : [...credential, tls.fingerprint]);
}

/** 53 bits that depend on all of `bytes[start, end)`: two sums with different factors, four bytes at a time. */
export function checksum(bytes: DataView, start: number, end: number): number {
  let first = 0x811c_9dc5;
  let second = end - start;
  for (let at = start; at < end; ) {
    const isWhole = at + 4 <= end;
    const word = isWhole ? bytes.getInt32(at) : bytes.getUint8(at);
    at += isWhole ? 4 : 1;
    first = mix(first ^ word, 0x85eb_ca6b);
    second = mix(second + word, 0xc2b2_ae35);
  }
  return (first >>> 0) * 0x20_0000 + (second >>> 11);
}

// An odd factor and a shift to the right are both reversible: inputs that differ in one word never give the same sum.
function mix(value: number, factor: number): number {
  const product = Math.imul(value, factor);
  return product ^ (product >>> 15);
}
