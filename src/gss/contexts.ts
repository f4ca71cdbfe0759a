// The contexts of a server: bounded in total and for each principal, and forgotten when they have ended.
import { randomBytes } from "../base/random-bytes.js";
import { HostMap } from "./host-map.js";
import type { GssContext, GssNegotiation } from "./mechanism.js";
import { SequenceWindow } from "./sequence-window.js";

/** Limits of the contexts that a server keeps. */
export interface ContextLimits {
  /** The most contexts. At the limit, the one that was not used for the longest time is removed. Default 4,096. */
  readonly contexts: number;
  /** The most contexts of one principal. At the limit, the one that was not used for the longest time is removed. Default 256. */
  readonly contextsPerPrincipal: number;
  /** The most contexts that are not complete. At the limit, the oldest of the host that has most is removed. Default 64. */
  readonly unfinished: number;
  /** Milliseconds after which a context ends, if its ticket does not end before. Default 86,400,000 (a day). */
  readonly lifetime: number;
}

export const defaultContextLimits: ContextLimits = Object.freeze({
  contexts: 4_096,
  contextsPerPrincipal: 256,
  unfinished: 64,
  lifetime: 86_400_000,
});

/** The number of calls of a context that may arrive out of order. */
export const windowSize = 1_024;

const handleLength = 16;

/** A complete context. */
export interface ServerContext {
  readonly id: string;
  /** The version of RPCSEC_GSS that it was made with. */
  readonly version: number;
  readonly context: GssContext;
  readonly endsAt: number;
  readonly window: SequenceWindow;
}

/** A context that needs another token. */
interface Unfinished {
  readonly negotiation: GssNegotiation;
  readonly version: number;
}

export class ServerContexts {
  readonly #limits: ContextLimits;
  /** By handle, the least recently used first. */
  readonly #complete = new Map<string, ServerContext>();
  /** The handles of each principal's contexts, in the same order. */
  readonly #ofPrincipal = new Map<string, Set<string>>();
  readonly #unfinished: HostMap<Unfinished>;

  constructor(limits: ContextLimits) {
    this.#limits = limits;
    this.#unfinished = new HostMap(limits.unfinished);
  }

  /** Complete contexts. */
  get size(): number {
    return this.#complete.size;
  }

  /** Keeps a complete context, and returns its handle. `now` is in milliseconds since 1970. */
  add(context: GssContext, version: number, now: number): Uint8Array {
    const handle = randomBytes(handleLength);
    const id = idOf(handle);
    const endsAt = Math.min(context.endsAt, now + this.#limits.lifetime);
    this.#complete.set(id, { id, version, context, endsAt, window: new SequenceWindow(windowSize) });
    const own = this.#ofPrincipal.get(context.peer) ?? new Set();
    this.#ofPrincipal.set(context.peer, own.add(id));
    if (own.size > this.#limits.contextsPerPrincipal) this.delete(first(own));
    if (this.#complete.size > this.#limits.contexts) this.delete(first(this.#complete));
    return handle;
  }

  /** The context of a handle; undefined for an unknown handle. */
  find(handle: Uint8Array): ServerContext | undefined {
    const id = idOf(handle);
    const found = this.#complete.get(id);
    if (found === undefined) return undefined;
    this.#complete.delete(id);
    this.#complete.set(id, found);
    const own = this.#ofPrincipal.get(found.context.peer);
    own?.delete(id);
    own?.add(id);
    return found;
  }

  delete(id: string | undefined): void {
    const found = id === undefined ? undefined : this.#complete.get(id);
    if (found === undefined) return;
    this.#complete.delete(found.id);
    const { peer } = found.context;
    const own = this.#ofPrincipal.get(peer);
    own?.delete(found.id);
    if (own?.size === 0) this.#ofPrincipal.delete(peer);
    found.context.destroy?.();
  }

  /** Keeps a negotiation that needs another token, and returns its handle. `host` is the caller's. */
  addUnfinished(negotiation: GssNegotiation, version: number, host: string): Uint8Array {
    const handle = randomBytes(handleLength);
    this.#unfinished.add(idOf(handle), host, { negotiation, version })?.negotiation.destroy?.();
    return handle;
  }

  /** Takes a negotiation out: the caller ends it, or adds it again. */
  takeUnfinished(handle: Uint8Array): Unfinished | undefined {
    return this.#unfinished.take(idOf(handle));
  }
}

function idOf(handle: Uint8Array): string {
  return Buffer.from(handle.buffer, handle.byteOffset, handle.length).toString("latin1");
}

function first(of: { keys(): Iterator<string> }): string | undefined {
  return of.keys().next().value;
}
