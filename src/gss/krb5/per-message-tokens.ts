// The per-message tokens of Kerberos (RFC 4121 section 4.2), in TypeScript: integrity codes and encrypted messages of a
// context whose keys are known.
import { timingSafeEqual } from "node:crypto";
import type { GssContext, GssPduProtection } from "../mechanism.js";
import { DceTokens } from "./dce-tokens.js";
import { isKnownType, type Krb5Key, type Protection, protectionOf } from "./encryption-types.js";

/** A context as both ends know it once it is made. */
export interface Krb5ContextKeys {
  /** True at the caller's end. */
  readonly isInitiator: boolean;
  /** The key of the ticket's session, or the caller's subkey. */
  readonly key: Krb5Key;
  /** The subkey that the server chose, if it chose one: it is used instead. */
  readonly acceptorSubkey?: Krb5Key;
  /** The number of the next token that this end sends. */
  readonly sendSequence: bigint;
  /** The number of the next token that this end receives: for DCE RPC, whose tokens arrive in order. */
  readonly receiveSequence?: bigint;
}

/** Facts about a context that its tokens do not depend on. */
export type Krb5ContextFacts = Pick<GssContext, "peer" | "endsAt" | "isDelegated" | "delegatedCache">;

const tokenIds = { mic: 0x0404, wrap: 0x0504 } as const;
/** RFC 4121 section 4.2.2. */
const flagBits = { sentByAcceptor: 1, sealed: 2, acceptorSubkey: 4 } as const;
/** RFC 4121 section 2. */
const usages = { acceptor: { seal: 22, sign: 23 }, initiator: { seal: 24, sign: 25 } } as const;
const headerLength = 16;
const filler = 0xff;

/** A context whose keys were taken from the Kerberos library. */
export class Krb5Context implements GssContext {
  readonly peer: string;
  readonly endsAt: number;
  readonly isDelegated: boolean;
  readonly delegatedCache: string | undefined;
  readonly #ours: number;
  readonly #theirs: number;
  #sequence: bigint;
  readonly #own: Keys;
  /** The keys of received tokens, by whether they are under the server's subkey. */
  readonly #received: { readonly plain: Keys | undefined; readonly subkey: Keys };
  readonly dce: GssPduProtection | undefined;

  /** The type of the acceptor's subkey, or else of the key, must be one that `isKnownType` takes. */
  constructor(keys: Krb5ContextKeys, facts: Krb5ContextFacts) {
    const { isInitiator, key, acceptorSubkey } = keys;
    this.peer = facts.peer;
    this.endsAt = facts.endsAt;
    this.isDelegated = facts.isDelegated;
    this.delegatedCache = facts.delegatedCache;
    this.#sequence = keys.sendSequence;
    const subkeyBit = acceptorSubkey === undefined ? 0 : flagBits.acceptorSubkey;
    this.#ours = (isInitiator ? 0 : flagBits.sentByAcceptor) | subkeyBit;
    this.#theirs = isInitiator ? flagBits.sentByAcceptor : 0;
    const [own, other] = isInitiator ? [usages.initiator, usages.acceptor] : [usages.acceptor, usages.initiator];
    this.#own = new Keys(acceptorSubkey ?? key, own);
    // Both ends send under the acceptor's subkey, if there is one. The key of the ticket may have a type that is not known here.
    const plain = isKnownType(key.type) ? new Keys(key, other) : undefined;
    this.#received = { plain, subkey: new Keys(acceptorSubkey ?? key, other) };
    this.dce = keys.receiveSequence === undefined ? undefined : this.#dceTokens(keys.receiveSequence);
  }

  getMic(message: Uint8Array): Uint8Array {
    const header = this.#header(tokenIds.mic, 0);
    header.fill(filler, 3, 8);
    return Buffer.concat([header, this.#own.sign.checksum(message, header)]);
  }

  verifyMic(message: Uint8Array, mic: Uint8Array): boolean {
    const keys = this.#keysFor(mic, tokenIds.mic, 0);
    if (keys === undefined) return false;
    for (let at = 3; at < 8; at++) if (mic[at] !== filler) return false;
    const expected = keys.sign.checksum(message, mic.subarray(0, headerLength));
    const sum = mic.subarray(headerLength);
    return sum.length === expected.length && timingSafeEqual(sum, expected);
  }

  wrap(message: Uint8Array): Uint8Array {
    const header = this.#header(tokenIds.wrap, flagBits.sealed);
    return Buffer.concat([header, this.#own.seal.encrypt(message, header)]);
  }

  unwrap(token: Uint8Array): Uint8Array | undefined {
    const keys = this.#keysFor(token, tokenIds.wrap, flagBits.sealed);
    if (keys === undefined || token[3] !== filler) return undefined;
    const header = Buffer.from(token.subarray(0, headerLength));
    const extra = header.readUInt16BE(4);
    const secret = unrotated(token.subarray(headerLength), header.readUInt16BE(6));
    const plain = keys.seal.decrypt(secret);
    // Behind the message are filler bytes, and a copy of the header before its rotation count was set.
    const length = plain === undefined ? -1 : plain.length - headerLength - extra;
    if (plain === undefined || length < 0) return undefined;
    header.writeUInt16BE(0, 6);
    return header.equals(plain.subarray(length + extra)) ? plain.subarray(0, length) : undefined;
  }

  #dceTokens(first: bigint): GssPduProtection {
    return new DceTokens(first, this.#own.sign.overhead, {
      getMic: (message) => this.getMic(message),
      verifyMic: (message, mic) => this.verifyMic(message, mic),
      sealer: () => ({ header: this.#header(tokenIds.wrap, flagBits.sealed), seal: this.#own.seal }),
      opener: (token) => (token[3] === filler ? this.#keysFor(token, tokenIds.wrap, flagBits.sealed)?.seal : undefined),
    });
  }

  #header(id: number, flag: number): Buffer {
    const header = Buffer.alloc(headerLength);
    header.writeUInt16BE(id, 0);
    header[2] = this.#ours | flag;
    header[3] = filler;
    header.writeBigUInt64BE(this.#sequence, 8);
    this.#sequence = (this.#sequence + 1n) & 0xffff_ffff_ffff_ffffn;
    return header;
  }

  /** Undefined if it is no token of this kind from the other end. */
  #keysFor(token: Uint8Array, id: number, flag: number): Keys | undefined {
    if (token.length < headerLength || token[0] !== id >>> 8 || token[1] !== (id & 255)) return undefined;
    const flags = token[2] as number;
    if ((flags & ~flagBits.acceptorSubkey) !== (this.#theirs | flag)) return undefined;
    return (flags & flagBits.acceptorSubkey) === 0 ? this.#received.plain : this.#received.subkey;
  }
}

/** Derived with their first use. */
class Keys {
  readonly #key: Krb5Key;
  readonly #usages: { readonly seal: number; readonly sign: number };
  #seal: Protection | undefined;
  #sign: Protection | undefined;

  constructor(key: Krb5Key, numbers: { readonly seal: number; readonly sign: number }) {
    this.#key = key;
    this.#usages = numbers;
  }

  get seal(): Protection {
    this.#seal ??= protectionOf(this.#key, this.#usages.seal);
    return this.#seal;
  }

  get sign(): Protection {
    this.#sign ??= protectionOf(this.#key, this.#usages.sign);
    return this.#sign;
  }
}

/** Undoes the rotation of RFC 4121 section 4.2.5: senders may move bytes from the end to the front. */
function unrotated(bytes: Uint8Array, count: number): Uint8Array {
  const by = bytes.length === 0 ? 0 : count % bytes.length;
  return by === 0 ? bytes : Buffer.concat([bytes.subarray(by), bytes.subarray(0, by)]);
}
