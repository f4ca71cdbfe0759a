// The system's GSSAPI library (RFC 2744), called through koffi. Whatever may wait for a file or a key distribution centre
// runs on another thread.
import { GssError, isFailure, major } from "../mechanism.js";
import {
  type CBuffer,
  declare,
  type Functions,
  type Koffi,
  type Library,
  type LucidContext,
  type LucidKey,
  lucidContext,
  onThread,
  openLibrary,
  type Pointer,
} from "./c-library.js";
import type { Krb5ContextKeys } from "./per-message-tokens.js";
import { callersTurns, serversTurns } from "./turns.js";

/** Where credentials come from. */
export interface CredentialSource {
  /** "initiate" for callers, "accept" for servers. */
  readonly usage: "initiate" | "accept";
  /** The file with the server's keys, such as `"/etc/krb5.keytab"`. */
  readonly keytab?: string | undefined;
  /** The file with the caller's keys, with which tickets are got without a password. */
  readonly clientKeytab?: string | undefined;
  /** The credential cache with the caller's tickets, such as `"FILE:/tmp/krb5cc_1000"`. */
  readonly cache?: string | undefined;
  /** The principal or service whose credential is taken. */
  readonly name?: { readonly text: string; readonly kind: NameKind } | undefined;
  /** True: also for negotiations within SPNEGO. */
  readonly spnego?: boolean;
  /** See `GssNegotiation.step`. */
  readonly isNeeded?: (() => boolean) | undefined;
}

export type NameKind = "service" | "principal";

/** The state of a negotiation: the library replaces the pointer. */
export interface ContextHolder {
  context: Pointer;
}

/** One step of a caller. */
export interface InitiateOptions {
  readonly credential: Pointer;
  /** The service. */
  readonly name: Pointer;
  readonly flags: number;
  readonly token: Uint8Array | undefined;
  /** True: within SPNEGO. */
  readonly spnego: boolean;
  /** See `GssNegotiation.step`. */
  readonly isNeeded: (() => boolean) | undefined;
}

/** The outcome of gss_init_sec_context or gss_accept_sec_context. */
export interface NegotiationStep {
  readonly token: Uint8Array;
  readonly isComplete: boolean;
  readonly flags: number;
  /** Seconds that the context lasts; Infinity if it does not end. */
  readonly lifetime: number;
  /** The caller's principal; "" at the caller's end. */
  readonly peer: string;
  /** The cache that has the tickets which the caller gave on. */
  readonly delegatedCache?: string;
}

/** Context flags (RFC 2744 section 3.7 and appendix A). */
export const contextFlags = {
  delegate: 1,
  mutual: 2,
  replay: 4,
  sequence: 8,
  confidentiality: 16,
  integrity: 32,
  /** GSS_C_DCE_STYLE: the caller confirms with a third token. */
  dceStyle: 0x1000,
} as const;

let loading: Promise<Gssapi> | undefined;

/** @throws GssError if koffi or the library is not there. A later call tries again. */
export function loadGssapi(): Promise<Gssapi> {
  loading ??= open().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function open(): Promise<Gssapi> {
  const { koffi, library } = await openLibrary();
  if (koffi === undefined) throw unavailable("Kerberos needs the optional package koffi: npm install koffi");
  if (library !== undefined) return new Gssapi(koffi, library);
  throw unavailable(
    "Kerberos needs the system's GSSAPI library (libgssapi_krb5.so.2; Debian's package is libgssapi-krb5-2)",
  );
}

function unavailable(message: string): GssError {
  return new GssError(message, { major: major.unavailable });
}

/** The library's functions, with JavaScript's values. Each throws GssError if the library reports an error. */
export class Gssapi {
  readonly #koffi: Koffi;
  readonly #c: Functions;
  readonly #lucid: unknown;
  readonly #buffer: unknown;
  readonly #set: unknown;

  constructor(koffi: Koffi, library: Library) {
    this.#koffi = koffi;
    this.#c = declare(koffi, library);
    this.#lucid = lucidContext(koffi);
    this.#buffer = koffi.struct({ length: "size_t", value: "void *" });
    this.#set = koffi.struct({ count: "size_t", elements: "void *" });
  }

  /** A credential. Null stands for the default one of a caller: its cache may be filled after this call. */
  async acquire(source: CredentialSource): Promise<Pointer> {
    const store = storeOf(source);
    const isPlain = store.length === 0 && source.name === undefined;
    if (isPlain && source.usage === "initiate") return null;
    const name = source.name === undefined ? null : this.importName(source.name.text, source.name.kind);
    const minor = [0];
    const credential: Pointer[] = [null];
    try {
      const elements = { count: store.length, elements: store };
      const { acquire } = this.#c;
      const usage = source.usage === "initiate" ? 1 : 2;
      const wanted = source.spnego ? bothMechanisms : mechanisms;
      const args = [minor, name, 0, wanted, usage, elements, credential, null, null];
      const turns = source.usage === "initiate" ? callersTurns : serversTurns;
      this.#check(await turns.run(() => onThread(acquire, args), source.isNeeded), minor);
    } finally {
      this.releaseName(name);
    }
    return credential[0] as Pointer;
  }

  /** Reads a name of a service, as in `"nfs@host"`, or of a principal. */
  importName(text: string, kind: NameKind): Pointer {
    const minor = [0];
    const name: Pointer[] = [null];
    const bytes = Buffer.from(text);
    const status = this.#c.importName(minor, bufferOf(bytes), kind === "service" ? hostService : principalName, name);
    this.#check(status, minor);
    return name[0] as Pointer;
  }

  async initiate(holder: ContextHolder, initiation: InitiateOptions): Promise<NegotiationStep> {
    const { credential, name, flags, token, spnego, isNeeded } = initiation;
    const minor = [0];
    const context = [holder.context];
    const out = [{}] as [CBuffer];
    const granted = [0];
    const seconds = [0];
    const input = token === undefined ? null : bufferOf(token);
    const mechanism = spnego ? spnegoMechanism : krb5Mechanism;
    const args = [minor, credential, context, name, mechanism, flags, 0, null, input, null, out, granted, seconds];
    const status = await callersTurns.run(() => onThread(this.#c.initiate, args), isNeeded);
    holder.context = context[0] as Pointer;
    return this.#step(status, minor, out, granted, seconds, "");
  }

  /** `cacheFor` names the cache for the tickets that a caller gives on. Without it they are dropped. */
  async accept(
    holder: ContextHolder,
    credential: Pointer,
    token: Uint8Array,
    cacheFor?: (principal: string) => string,
  ): Promise<NegotiationStep> {
    const minor = [0];
    const context = [holder.context];
    const out = [{}] as [CBuffer];
    const source: Pointer[] = [null];
    const granted = [0];
    const seconds = [0];
    const given: Pointer[] = [null];
    const args = [minor, context, credential, bufferOf(token), null, source, null, out, granted, seconds, given];
    const status = await serversTurns.run(() => onThread(this.#c.accept, args));
    holder.context = context[0] as Pointer;
    const name = source[0] as Pointer;
    const delegated = given[0] as Pointer;
    try {
      const peer = name === null ? "" : this.#textOf(name);
      const step = this.#step(status, minor, out, granted, seconds, peer);
      if (delegated === null || cacheFor === undefined) return step;
      return { ...step, delegatedCache: await this.#store(delegated, cacheFor(peer)) };
    } finally {
      this.releaseName(name);
      this.releaseCredential(delegated);
    }
  }

  /** Puts tickets into a cache, whose contents are replaced. */
  async #store(tickets: Pointer, cache: string): Promise<string> {
    const { storeCredential } = this.#c;
    if (storeCredential === undefined) throw unavailable("the library cannot keep the tickets that a caller gives on");
    // Without a name the library would replace the default cache, as which this program calls others.
    if (typeof cache !== "string" || cache === "") throw unavailable("krb5's options.delegatedCache returned no name");
    const minor = [0];
    const store = storeOf({ usage: "initiate", cache });
    const args = [minor, tickets, 1, krb5Mechanism, 1, 0, { count: store.length, elements: store }, null, null];
    this.#check(await serversTurns.run(() => onThread(storeCredential, args)), minor);
    return cache;
  }

  /** The encryption type of a complete context's key. Undefined if the library does not say. */
  keyType({ context }: ContextHolder): number | undefined {
    const { inquire, releaseSet } = this.#c;
    if (inquire === undefined || releaseSet === undefined) return undefined;
    const found: Pointer[] = [null];
    if (isFailure(inquire([0], context, sessionKey, found)) || found[0] === null) return undefined;
    try {
      // The key, and an object identifier that ends in the type.
      const { count, elements } = this.#koffi.decode(found[0], this.#set) as { count: number; elements: Pointer };
      if (Number(count) < 2) return undefined;
      const [, type] = this.#koffi.decode(elements, this.#koffi.array(this.#buffer, 2)) as readonly Required<CBuffer>[];
      return type === undefined ? undefined : this.#bytesAt(type.value, Number(type.length)).at(-1);
    } finally {
      releaseSet([0], found);
    }
  }

  /**
   * Takes the keys out of a complete context, which the library then forgets. Undefined if it cannot: the context is
   * unchanged then. `inOrder`: the tokens of the other end arrive in order.
   */
  exportKeys(holder: ContextHolder, inOrder: boolean): Krb5ContextKeys | undefined {
    const { exportKeys, freeKeys } = this.#c;
    if (exportKeys === undefined || freeKeys === undefined) return undefined;
    const minor = [0];
    const context = [holder.context];
    const exported: Pointer[] = [null];
    if (isFailure(exportKeys(minor, context, 1, exported))) return undefined;
    holder.context = context[0] as Pointer;
    const keys = this.#koffi.decode(exported[0], this.#lucid) as LucidContext;
    try {
      return this.#keysOf(keys, inOrder);
    } finally {
      freeKeys(minor, exported[0]);
    }
  }

  #keysOf(lucid: LucidContext, inOrder: boolean): Krb5ContextKeys {
    const keyOf = ({ type, length, data }: LucidKey) => ({ type, bytes: this.#bytesAt(data, length) });
    return {
      isInitiator: lucid.initiate !== 0,
      key: keyOf(lucid.key),
      ...(lucid.hasSubkey === 0 ? {} : { acceptorSubkey: keyOf(lucid.subkey) }),
      sendSequence: BigInt(lucid.sendSequence),
      ...(inOrder ? { receiveSequence: BigInt(lucid.receiveSequence) } : {}),
    };
  }

  getMic({ context }: ContextHolder, message: Uint8Array): Uint8Array {
    const minor = [0];
    const out = [{}] as [CBuffer];
    this.#check(this.#c.getMic(minor, context, 0, bufferOf(message), out), minor);
    return this.#taken(out);
  }

  verifyMic({ context }: ContextHolder, message: Uint8Array, mic: Uint8Array): boolean {
    return !isFailure(this.#c.verifyMic([0], context, bufferOf(message), bufferOf(mic), null));
  }

  wrap({ context }: ContextHolder, message: Uint8Array): Uint8Array {
    const minor = [0];
    const out = [{}] as [CBuffer];
    const isSecret = [0];
    this.#check(this.#c.wrap(minor, context, 1, 0, bufferOf(message), isSecret, out), minor);
    const token = this.#taken(out);
    if (isSecret[0] === 0) throw unavailable("the mechanism does not encrypt");
    return token;
  }

  unwrap({ context }: ContextHolder, token: Uint8Array): Uint8Array | undefined {
    const out = [{}] as [CBuffer];
    const isSecret = [0];
    if (isFailure(this.#c.unwrap([0], context, bufferOf(token), out, isSecret, null))) return undefined;
    const message = this.#taken(out);
    return isSecret[0] === 0 ? undefined : message;
  }

  releaseName(name: Pointer): void {
    if (name !== null) this.#c.releaseName([0], [name]);
  }

  releaseCredential(credential: Pointer): void {
    if (credential !== null) this.#c.releaseCredential([0], [credential]);
  }

  deleteContext(holder: ContextHolder): void {
    if (holder.context !== null) this.#c.deleteContext([0], [holder.context], null);
    holder.context = null;
  }

  #step(
    status: number,
    minor: number[],
    out: [CBuffer],
    granted: number[],
    seconds: number[],
    peer: string,
  ): NegotiationStep {
    const token = this.#taken(out);
    this.#check(status, minor, token);
    const lifetime = seconds[0] as number;
    return {
      token,
      isComplete: (status & 1) === 0,
      flags: granted[0] as number,
      lifetime: lifetime === 0xffff_ffff ? Number.POSITIVE_INFINITY : lifetime,
      peer,
    };
  }

  #textOf(name: Pointer): string {
    const minor = [0];
    const out = [{}] as [CBuffer];
    this.#check(this.#c.displayName(minor, name, out, null), minor);
    return Buffer.from(this.#taken(out)).toString();
  }

  /** The bytes of a buffer that the library made, which is freed. */
  #taken(out: [CBuffer]): Uint8Array {
    const { length, value } = out[0];
    const bytes = this.#bytesAt(value ?? null, Number(length ?? 0));
    if (value !== null && value !== undefined) this.#c.releaseBuffer([0], out);
    return bytes;
  }

  #bytesAt(pointer: Pointer, length: number): Uint8Array {
    if (pointer === null || length === 0) return noBytes;
    return Uint8Array.from(this.#koffi.decode(pointer, "uint8_t", length) as ArrayLike<number>);
  }

  /** `token` is one that is sent to the other end in spite of the error. */
  #check(status: number, minor: number[], token: Uint8Array = noBytes): void {
    if (!isFailure(status)) return;
    const code = minor[0] as number;
    const detail = code === 0 ? "" : this.#statusText(code, 2);
    // The text of a general failure says that the minor status says more.
    const general = status === major.failure && detail !== "" ? "" : this.#statusText(status, 1);
    const texts = [general, detail, advice[code | 0] ?? ""].filter((text) => text !== "");
    throw new GssError(texts.join("; "), { major: status, minor: code, ...(token.length === 0 ? {} : { token }) });
  }

  #statusText(status: number, kind: 1 | 2): string {
    const out = [{}] as [CBuffer];
    const more = [0];
    const mechanism = kind === 2 ? krb5Mechanism : null;
    if (isFailure(this.#c.displayStatus([0], status, kind, mechanism, more, out))) return "";
    return Buffer.from(this.#taken(out)).toString();
  }
}

function storeOf({ keytab, clientKeytab, cache }: CredentialSource): StoreElement[] {
  const given = { keytab, client_keytab: clientKeytab, ccache: cache };
  return Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]));
}

const noBytes = new Uint8Array(0);

/** What to do, by minor status of MIT's library. */
const advice: { readonly [minor: number]: string } = {
  // KG_EMPTY_CCACHE, KRB5_CC_NOTFOUND, KRB5_FCC_NOFILE, KRB5KRB_AP_ERR_TKT_EXPIRED
  39756044: "get a ticket: kinit NAME",
  [-1765328243]: "get a ticket: kinit NAME",
  [-1765328189]: "get a ticket: kinit NAME",
  [-1765328352]: "get a new ticket: kinit NAME",
  // KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN
  [-1765328377]: "is the service named as in the server's keytab (klist -k), with the host's full name?",
  // KRB5_KDC_UNREACH, KRB5_REALM_UNKNOWN
  [-1765328228]:
    "is the key distribution centre running, and does krb5.conf name it (KRB5_CONFIG, default /etc/krb5.conf)?",
  [-1765328230]: "does krb5.conf name the realm's key distribution centre (KRB5_CONFIG, default /etc/krb5.conf)?",
  // KRB5KRB_AP_ERR_SKEW
  [-1765328347]: "compare the clocks of both machines",
  // KRB5_KT_NOTFOUND
  [-1765328203]: "the server's keytab lacks the service: see klist -k",
};

interface StoreElement {
  readonly key: string;
  readonly value: string;
}

function bufferOf(bytes: Uint8Array): { length: number; value: Uint8Array } {
  return { length: bytes.length, value: bytes };
}

function oid(hex: string): { length: number; elements: Uint8Array } {
  const elements = Buffer.from(hex, "hex");
  return { length: elements.length, elements };
}

/** Kerberos 5 (RFC 4121 section 4.1), SPNEGO (RFC 4178), GSS_C_NT_HOSTBASED_SERVICE and GSS_KRB5_NT_PRINCIPAL_NAME (RFC 1964 section 2.1). */
const krb5Mechanism = oid("2a864886f712010202");
const spnegoMechanism = oid("2b0601050502");
const hostService = oid("2a864886f71201020104");
const principalName = oid("2a864886f71201020201");
/** GSS_C_INQ_SSPI_SESSION_KEY. */
const sessionKey = oid("2a864886f7120102020505");
const mechanisms = { count: 1, elements: [krb5Mechanism] };
const bothMechanisms = { count: 2, elements: [krb5Mechanism, spnegoMechanism] };
