// Kerberos 5 as a mechanism (RFC 4121). The system's library makes the contexts; their messages are protected in
// TypeScript, or by the library if it keeps the keys or their type is not known here.
import { checkOptions, type OptionTable } from "../../base/check-options.js";
import { systemClock } from "../../base/clock.js";
import {
  type GssContext,
  GssError,
  type GssMechanism,
  type GssNegotiation,
  type GssStep,
  type GssStyle,
  major,
} from "../mechanism.js";
import { isItThere } from "./advice.js";
import type { Pointer } from "./c-library.js";
import { checkHost } from "./canonical-host.js";
import { isKnownType } from "./encryption-types.js";
import { type Gssapi, loadGssapi } from "./gssapi.js";
import { type ContextHolder, contextFlags, type NegotiationStep } from "./gssapi-types.js";
import { Krb5Context, type Krb5ContextFacts } from "./per-message-tokens.js";
import { hasMechListMic } from "./spnego-mic.js";

/** Options of `krb5`. */
export interface Krb5Options {
  /**
   * The caller's credential cache, such as `"FILE:/tmp/krb5cc_1000"`, which `kinit` fills. Default: the environment variable KRB5CCNAME, else the
   * setting in /etc/krb5.conf.
   */
  readonly cache?: string;
  /**
   * A keytab with the caller's own keys. Tickets are then acquired without `kinit`. Default: the file that KRB5_CLIENT_KTNAME names, if it exists.
   */
  readonly clientKeytab?: string;
  /** The caller's principal, such as `"alice@EXAMPLE.ORG"`. Default: the principal of the credential cache. */
  readonly principal?: string;
  /** True: delegates the caller's tickets, so that the server may act for the caller. The tickets must be forwardable. Default false. */
  readonly delegate?: boolean;
  /** The keytab: the file with the keys of the server's service principals. Default: the environment variable KRB5_KTNAME, else /etc/krb5.keytab. */
  readonly keytab?: string;
  /** The service whose keys the server uses, such as `"nfs@host"`. Default: any service in the keytab. */
  readonly service?: string;
  /**
   * Returns the name of the credential cache in which the server stores the tickets that a caller delegates, such as
   * `(principal) => "FILE:/run/app/" + encodeURIComponent(principal)`. The contents of the cache are replaced; only the server's user can read
   * the file, and the program removes it. `call.identity.gss.delegatedCache` is its name, and `krb5({ cache })` acts for the caller.
   * Default: delegated tickets are not stored.
   */
  readonly delegatedCache?: (principal: string) => string;
  /** True: MIT's library protects and verifies every message. Slower; for comparison only. Default false. */
  readonly byLibrary?: boolean;
}

const krb5Options: OptionTable<Krb5Options> = {
  cache: "text",
  clientKeytab: "text",
  principal: "text",
  delegate: "flag",
  keytab: "text",
  service: "text",
  delegatedCache: "function",
  byLibrary: "flag",
};

/**
 * The mechanism Kerberos 5. It needs the optional package `koffi` and MIT's library (Debian: libgssapi-krb5-2), which are loaded when the first
 * context is established. It does not block the event loop: requests to a key distribution centre run on another thread.
 * @throws TypeError for an option that is invalid or misspelt.
 * @example
 * const mechanism = krb5({ cache: "FILE:/tmp/krb5cc_1000" });
 */
export function krb5(options: Krb5Options = {}): GssMechanism {
  checkOptions(krb5Options, options);
  return {
    name: "krb5",
    initiate: (service, style, protection) => new Initiation(options, service, { style, protection }),
    accept: (style) => new Acceptance(options, style),
  };
}

function failure(message: string): GssError {
  return new GssError(message, { major: major.failure });
}

/** Holds the pointers of the library that must be given back, at either end. */
abstract class Negotiation implements GssNegotiation {
  readonly options: Krb5Options;
  readonly holder: ContextHolder = { context: null };
  protected library: Gssapi | undefined;
  protected credential: Pointer = null;
  /** Tokens of the other end that belong to the sequence of the context already. */
  #taken = 0n;
  #destroyed = false;
  #busy = false;

  readonly style: GssStyle | undefined;

  constructor(options: Krb5Options, style: GssStyle | undefined) {
    this.options = options;
    this.style = style;
  }

  async step(token?: Uint8Array, isNeeded?: () => boolean): Promise<GssStep> {
    this.#busy = true;
    try {
      this.library ??= await this.start(isNeeded);
      const step = await this.advance(this.library, token, isNeeded);
      if (this.style === "dce-spnego" && token !== undefined && hasMechListMic(token)) this.#taken++;
      const context = step.isComplete ? this.#contextOf(this.library, step) : undefined;
      return { token: step.token, ...(context === undefined ? {} : { context }) };
    } finally {
      this.#busy = false;
      if (this.#destroyed) this.#release();
    }
  }

  /** Waits until the library is no longer at work for it. */
  destroy(): void {
    this.#destroyed = true;
    if (!this.#busy) this.#release();
  }

  protected abstract start(isNeeded: (() => boolean) | undefined): Promise<Gssapi>;
  protected abstract advance(
    library: Gssapi,
    token: Uint8Array | undefined,
    isNeeded: (() => boolean) | undefined,
  ): Promise<NegotiationStep>;
  protected abstract nameOf(step: NegotiationStep): string;

  protected releaseMore(): void {}

  #contextOf(library: Gssapi, step: NegotiationStep): GssContext {
    const { mutual, integrity, confidentiality } = contextFlags;
    // Clients of DCE RPC ask for confidentiality only if they use it.
    const needed = mutual | integrity | (this.style === undefined ? confidentiality : 0);
    if ((step.flags & needed) !== needed) {
      throw failure("the context does not prove the server, or does not protect messages");
    }
    const facts = {
      peer: this.nameOf(step),
      endsAt: systemClock.date() + step.lifetime * 1000,
      isDelegated: (step.flags & contextFlags.delegate) !== 0,
      delegatedCache: step.delegatedCache,
    };
    if (this.options.byLibrary !== true && isKnownType(library.keyType(this.holder))) {
      const keys = library.exportKeys(this.holder, this.style !== undefined);
      if (keys !== undefined) {
        this.#release();
        const { receiveSequence: first } = keys;
        return new Krb5Context(first === undefined ? keys : { ...keys, receiveSequence: first + this.#taken }, facts);
      }
    }
    const context = new LibraryContext(library, { ...this.holder }, facts);
    this.holder.context = null;
    this.#release();
    return context;
  }

  #release(): void {
    if (this.library === undefined) return;
    this.library.deleteContext(this.holder);
    this.library.releaseCredential(this.credential);
    this.credential = null;
    this.releaseMore();
  }
}

interface Aim {
  readonly style: GssStyle | undefined;
  readonly protection: "integrity" | "privacy" | undefined;
}

class Initiation extends Negotiation {
  readonly waitsFor = `a key distribution centre: ${isItThere}`;
  readonly #service: string;
  readonly #encrypts: boolean;
  #name: Pointer = null;

  constructor(options: Krb5Options, service: string, { style, protection }: Aim) {
    super(options, style);
    this.#service = service;
    this.#encrypts = protection !== "integrity";
  }

  protected async start(isNeeded: (() => boolean) | undefined): Promise<Gssapi> {
    const library = await loadGssapi();
    const { cache, clientKeytab, principal } = this.options;
    const name = principal === undefined ? undefined : ({ text: principal, kind: "principal" } as const);
    const spnego = this.style === "dce-spnego";
    const onlyAsked = !this.#encrypts;
    this.credential = await library.acquire({
      usage: "initiate",
      cache,
      clientKeytab,
      name,
      spnego,
      onlyAsked,
      isNeeded,
    });
    this.#name = library.importName(this.#service, this.#service.includes("/") ? "principal" : "service");
    return library;
  }

  protected async advance(
    library: Gssapi,
    token: Uint8Array | undefined,
    isNeeded: (() => boolean) | undefined,
  ): Promise<NegotiationStep> {
    const { mutual, integrity, confidentiality, delegate, replay, sequence, dceStyle } = contextFlags;
    const flags =
      mutual |
      integrity |
      (this.#encrypts ? confidentiality : 0) |
      (this.options.delegate === true ? delegate : 0) |
      (this.style === undefined ? 0 : replay | sequence | dceStyle);
    const { credential } = this;
    const spnego = this.style === "dce-spnego";
    const initiation = { credential, name: this.#name, flags, token, spnego, isNeeded };
    const step = await library.initiate(this.holder, initiation).catch(async (error) => {
      throw await withRealm(error, library, credential);
    });
    // Before the token is sent: it may have the caller's tickets.
    if (token === undefined) checkHost(this.#service, step.token);
    return step;
  }

  protected nameOf(): string {
    return this.#service;
  }

  protected override releaseMore(): void {
    this.library?.releaseName(this.#name);
    this.#name = null;
  }
}

class Acceptance extends Negotiation {
  protected async start(): Promise<Gssapi> {
    const library = await loadGssapi();
    const { keytab, service } = this.options;
    const name = service === undefined ? undefined : ({ text: service, kind: "service" } as const);
    this.credential = await library.acquire({ usage: "accept", keytab, name, spnego: this.style !== undefined });
    return library;
  }

  protected advance(library: Gssapi, token: Uint8Array | undefined): Promise<NegotiationStep> {
    return library.accept(this.holder, this.credential, token ?? new Uint8Array(0), this.options.delegatedCache);
  }

  protected nameOf({ peer }: NegotiationStep): string {
    return peer;
  }
}

/** As `kinit` says it: the library's own text names the realm only to the thread that it has failed on. */
async function withRealm(error: Error, library: Gssapi, credential: Pointer): Promise<Error> {
  const general = "requested realm";
  if (!(error instanceof GssError) || !error.message.includes(general)) return error;
  const caller = await library.callerOf(credential).catch(() => "");
  const realm = caller.slice(caller.lastIndexOf("@") + 1);
  const { major, minor } = error;
  return realm === "" ? error : new GssError(error.message.replace(general, `realm '${realm}'`), { major, minor });
}

/** Gives contexts back that nothing uses any more: replies to calls that run are protected by one that has given way, too. */
const unused = new FinalizationRegistry<() => void>((giveBack) => giveBack());

/** A context whose messages the library protects. */
class LibraryContext implements GssContext {
  readonly peer: string;
  readonly endsAt: number;
  readonly isDelegated: boolean;
  readonly delegatedCache: string | undefined;
  readonly #library: Gssapi;
  readonly #holder: ContextHolder;

  constructor(library: Gssapi, holder: ContextHolder, facts: Krb5ContextFacts) {
    this.#library = library;
    this.#holder = holder;
    this.peer = facts.peer;
    this.endsAt = facts.endsAt;
    this.isDelegated = facts.isDelegated;
    this.delegatedCache = facts.delegatedCache;
    unused.register(this, () => library.deleteContext(holder));
  }

  getMic(message: Uint8Array): Uint8Array {
    return this.#library.getMic(this.#holder, message);
  }

  verifyMic(message: Uint8Array, mic: Uint8Array): boolean {
    return this.#library.verifyMic(this.#holder, message, mic);
  }

  wrap(message: Uint8Array): Uint8Array {
    return this.#library.wrap(this.#holder, message);
  }

  unwrap(token: Uint8Array): Uint8Array | undefined {
    return this.#library.unwrap(this.#holder, token);
  }
}
