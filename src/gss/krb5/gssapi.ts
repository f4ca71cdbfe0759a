// The system's GSSAPI library (RFC 2744), called through koffi. Whatever may wait for a file or a key distribution centre
// runs on another thread.
import { printable } from "../../base/quote.js";
import { GssError, isFailure, major } from "../mechanism.js";
import { advice } from "./advice.js";
import {
  callNow,
  declare,
  type Functions,
  type Koffi,
  type Library,
  type LucidKey,
  LucidLayout,
  onThread,
  openLibrary,
  type Pointer,
  type Structure,
} from "./c-library.js";
import { CValues, storeOf } from "./c-values.js";
import type { ContextHolder, CredentialSource, InitiateOptions, NameKind, NegotiationStep } from "./gssapi-types.js";
import type { Krb5ContextKeys } from "./per-message-tokens.js";
import { callersTurns, serversTurns } from "./turns.js";

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
  readonly #lucid: LucidLayout;
  readonly #values: CValues;

  constructor(koffi: Koffi, library: Library) {
    this.#koffi = koffi;
    this.#c = declare(koffi, library);
    this.#lucid = new LucidLayout(koffi);
    this.#values = new CValues(koffi, this.#c.copy);
  }

  /** A credential. Null stands for the default one of a caller: its cache may be filled after this call. */
  async acquire(source: CredentialSource): Promise<Pointer> {
    const store = storeOf(source);
    const isPlain = store.length === 0 && source.name === undefined;
    if (isPlain && source.usage === "initiate" && source.onlyAsked !== true) return null;
    const name = source.name === undefined ? null : this.importName(source.name.text, source.name.kind);
    const minor = this.#values.place();
    const credential = this.#values.place();
    try {
      const { acquire } = this.#c;
      const usage = source.usage === "initiate" ? 1 : 2;
      const wanted = this.#values.mechanisms(source.spnego === true);
      const args = [minor, name, 0, wanted, usage, this.#values.store(store), credential, null, null];
      const turns = source.usage === "initiate" ? callersTurns : serversTurns;
      this.#check(await turns.run(() => onThread(acquire, args), source.isNeeded), minor);
    } finally {
      this.releaseName(name);
    }
    // Other libraries do not have the option, and do not need it.
    const { setCredentialOption } = this.#c;
    if (source.onlyAsked === true && setCredentialOption !== undefined)
      callNow(setCredentialOption, [minor, credential, this.#values.oids.noFlags, this.#values.bufferOf()]);
    return credential.pointer();
  }

  /** Reads a name of a service, as in `"nfs@host"`, or of a principal. */
  importName(text: string, kind: NameKind): Pointer {
    const minor = this.#values.place();
    const name = this.#values.place();
    const args = [minor, this.#values.bufferOf(Buffer.from(text)), this.#values.oids[kind], name];
    this.#check(callNow(this.#c.importName, args), minor);
    return name.pointer();
  }

  async initiate(holder: ContextHolder, initiation: InitiateOptions): Promise<NegotiationStep> {
    const { credential, name, flags, token, spnego, isNeeded } = initiation;
    const minor = this.#values.place();
    const context = this.#values.struct(holder.context);
    const out = this.#values.bufferOf();
    const granted = this.#values.place();
    const seconds = this.#values.place();
    const input = token === undefined ? null : this.#values.bufferOf(token);
    const mechanism = spnego ? this.#values.oids.spnego : this.#values.oids.krb5;
    const args = [minor, credential, context, name, mechanism, flags, 0, null, input, null, out, granted, seconds];
    const status = await callersTurns.run(() => onThread(this.#c.initiate, args), isNeeded);
    holder.context = context.pointer();
    return this.#step(status, minor, out, granted, seconds);
  }

  /** The principal of a caller's credential; null stands for the default one. */
  async callerOf(credential: Pointer): Promise<string> {
    const minor = this.#values.place();
    const name = this.#values.place();
    const args = [minor, credential, name, null, null, null];
    this.#check(await callersTurns.run(() => onThread(this.#c.inquireCredential, args)), minor);
    try {
      return this.#textOf(name.pointer());
    } finally {
      this.releaseName(name.pointer());
    }
  }

  /** `cacheFor` names the cache for the tickets that a caller gives on. Without it they are dropped. */
  async accept(
    holder: ContextHolder,
    credential: Pointer,
    token: Uint8Array,
    cacheFor?: (principal: string) => string,
  ): Promise<NegotiationStep> {
    const minor = this.#values.place();
    const context = this.#values.struct(holder.context);
    const out = this.#values.bufferOf();
    const source = this.#values.place();
    const granted = this.#values.place();
    const seconds = this.#values.place();
    const given = this.#values.place();
    const input = this.#values.bufferOf(token);
    const args = [minor, context, credential, input, null, source, null, out, granted, seconds, given];
    const status = await serversTurns.run(() => onThread(this.#c.accept, args));
    holder.context = context.pointer();
    const name = source.pointer();
    const delegated = given.pointer();
    try {
      const step = this.#step(status, minor, out, granted, seconds);
      const peer = name === null ? "" : this.#textOf(name);
      if (delegated === null || cacheFor === undefined) return { ...step, peer };
      return { ...step, peer, delegatedCache: await this.#keep(delegated, cacheFor(peer)) };
    } finally {
      this.releaseName(name);
      this.releaseCredential(delegated);
    }
  }

  /** Puts tickets into a cache, whose contents are replaced. */
  async #keep(tickets: Pointer, cache: string): Promise<string> {
    const { storeCredential } = this.#c;
    if (storeCredential === undefined) throw unavailable("the library cannot keep the tickets that a caller gives on");
    // Without a name the library would replace the default cache, which has this program's own tickets.
    if (typeof cache !== "string" || cache === "") throw unavailable("krb5's options.delegatedCache returned no name");
    const minor = this.#values.place();
    const store = this.#values.store(storeOf({ usage: "initiate", cache }));
    const args = [minor, tickets, 1, this.#values.oids.krb5, 1, 0, store, null, null];
    this.#check(await serversTurns.run(() => onThread(storeCredential, args)), minor);
    return cache;
  }

  /** The encryption type of a complete context's key. Undefined if the library does not say. */
  keyType({ context }: ContextHolder): number | undefined {
    const { inquire, releaseSet } = this.#c;
    if (inquire === undefined || releaseSet === undefined) return undefined;
    const found = this.#values.place();
    if (isFailure(callNow(inquire, [this.#values.place(), context, this.#values.oids.sessionKey, found])))
      return undefined;
    if (found.pointer() === null) return undefined;
    try {
      // A set of two buffers: the key, and an object identifier that ends in the type.
      const set = this.#values.copied(found.pointer(), 2);
      if (set.number(0) < 2) return undefined;
      const buffers = this.#values.copied(set.pointer(1), 4);
      return this.#values.bytesAt(buffers.pointer(3), buffers.number(2)).at(-1);
    } finally {
      callNow(releaseSet, [this.#values.place(), found]);
    }
  }

  /**
   * Takes the keys out of a complete context, which the library then forgets. Undefined if it cannot: the context is
   * unchanged then. `inOrder`: the tokens of the other end arrive in order.
   */
  exportKeys(holder: ContextHolder, inOrder: boolean): Krb5ContextKeys | undefined {
    const { exportKeys, freeKeys } = this.#c;
    if (exportKeys === undefined || freeKeys === undefined) return undefined;
    const minor = this.#values.place();
    const context = this.#values.struct(holder.context);
    const exported = this.#values.place();
    if (isFailure(callNow(exportKeys, [minor, context, 1, exported]))) return undefined;
    holder.context = context.pointer();
    try {
      return this.#keysIn(exported.pointer(), inOrder);
    } finally {
      callNow(freeKeys, [minor, exported.pointer()]);
    }
  }

  #keysIn(exported: Pointer, inOrder: boolean): Krb5ContextKeys {
    const lucid = this.#lucid.read(this.#koffi, this.#values.bytesAt(exported, this.#lucid.size));
    const keyOf = ({ type, length, data }: LucidKey) => ({ type, bytes: this.#values.bytesAt(data, length) });
    return {
      isInitiator: lucid.isInitiator,
      key: keyOf(lucid.key),
      ...(lucid.hasSubkey ? { acceptorSubkey: keyOf(lucid.subkey) } : {}),
      sendSequence: lucid.sendSequence,
      ...(inOrder ? { receiveSequence: lucid.receiveSequence } : {}),
    };
  }

  getMic({ context }: ContextHolder, message: Uint8Array): Uint8Array {
    const minor = this.#values.place();
    const out = this.#values.bufferOf();
    this.#check(callNow(this.#c.getMic, [minor, context, 0, this.#values.bufferOf(message), out]), minor);
    return this.#taken(out);
  }

  verifyMic({ context }: ContextHolder, message: Uint8Array, mic: Uint8Array): boolean {
    const args = [this.#values.place(), context, this.#values.bufferOf(message), this.#values.bufferOf(mic), null];
    return !isFailure(callNow(this.#c.verifyMic, args));
  }

  wrap({ context }: ContextHolder, message: Uint8Array): Uint8Array {
    const minor = this.#values.place();
    const out = this.#values.bufferOf();
    const isSecret = this.#values.place();
    this.#check(callNow(this.#c.wrap, [minor, context, 1, 0, this.#values.bufferOf(message), isSecret, out]), minor);
    const token = this.#taken(out);
    if (isSecret.word === 0) throw unavailable("the mechanism does not encrypt");
    return token;
  }

  unwrap({ context }: ContextHolder, token: Uint8Array): Uint8Array | undefined {
    const out = this.#values.bufferOf();
    const isSecret = this.#values.place();
    const args = [this.#values.place(), context, this.#values.bufferOf(token), out, isSecret, null];
    if (isFailure(callNow(this.#c.unwrap, args))) return undefined;
    const message = this.#taken(out);
    return isSecret.word === 0 ? undefined : message;
  }

  releaseName(name: Pointer): void {
    if (name !== null) callNow(this.#c.releaseName, [this.#values.place(), this.#values.struct(name)]);
  }

  releaseCredential(credential: Pointer): void {
    if (credential !== null)
      callNow(this.#c.releaseCredential, [this.#values.place(), this.#values.struct(credential)]);
  }

  deleteContext(holder: ContextHolder): void {
    if (holder.context !== null) {
      callNow(this.#c.deleteContext, [this.#values.place(), this.#values.struct(holder.context), null]);
    }
    holder.context = null;
  }

  #step(status: number, minor: Structure, out: Structure, granted: Structure, seconds: Structure): NegotiationStep {
    const token = this.#taken(out);
    this.#check(status, minor, token);
    const lifetime = seconds.word;
    return {
      token,
      isComplete: (status & 1) === 0,
      flags: granted.word,
      lifetime: lifetime === 0xffff_ffff ? Number.POSITIVE_INFINITY : lifetime,
      peer: "",
    };
  }

  /** @throws GssError for a name that is not UTF-8: two of them would be the same text. */
  #textOf(name: Pointer): string {
    const minor = this.#values.place();
    const out = this.#values.bufferOf();
    this.#check(callNow(this.#c.displayName, [minor, name, out, null]), minor);
    const bytes = this.#taken(out);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      const message = `the principal's name is not UTF-8: ${printable(Buffer.from(bytes).toString("latin1"), 200)}`;
      throw new GssError(message, { major: major.badName });
    }
  }

  /** The bytes of a buffer that the library made, which is freed. */
  #taken(out: Structure): Uint8Array {
    const bytes = this.#values.bytesAt(out.pointer(1), out.number(0));
    if (out.pointer(1) !== null) callNow(this.#c.releaseBuffer, [this.#values.place(), out]);
    return bytes;
  }

  /** `token` is one that is sent to the other end in spite of the error. */
  #check(status: number, minor: Structure, token: Uint8Array = new Uint8Array(0)): void {
    if (!isFailure(status)) return;
    const code = minor.word;
    const detail = code === 0 ? "" : this.#statusText(code, 2);
    // The text of a general failure says that the minor status says more.
    const general = status === major.failure && detail !== "" ? "" : this.#statusText(status, 1);
    const texts = [general, detail, advice[code | 0] ?? ""].filter((text) => text !== "");
    throw new GssError(texts.join("; "), { major: status, minor: code, ...(token.length === 0 ? {} : { token }) });
  }

  #statusText(status: number, kind: 1 | 2): string {
    const out = this.#values.bufferOf();
    const mechanism = kind === 2 ? this.#values.oids.krb5 : null;
    const args = [this.#values.place(), status, kind, mechanism, this.#values.place(), out];
    if (isFailure(callNow(this.#c.displayStatus, args))) return "";
    return Buffer.from(this.#taken(out)).toString();
  }
}
