// The server's memory for AUTH_SHORT (RFC 5531 appendix A): short handles that stand for whole credentials.
import { randomBytes } from "../base/random.js";
import type { Identity } from "../rpc/auth.js";

/** The most handles that a ShortHandles keeps by default. */
export const defaultShortHandles = 1024;

const handleLength = 16;

/**
 * The short handles of a server (AUTH_SHORT, RFC 5531 appendix A) and the credentials that they stand for. When there are
 * too many, the oldest is forgotten: its caller gets AUTH_REJECTEDCRED and sends its full credential again.
 * @example
 * const handles = new ShortHandles();
 * const server = new Server({ auth: [acceptSys({ short: handles }), acceptShort(handles)] });
 */
export class ShortHandles {
  readonly #most: number;
  /** By handle in hex, oldest first. */
  readonly #identities = new Map<string, Identity>();
  readonly #handles = new WeakMap<Identity, Uint8Array>();

  /** @param most Handles to keep, at least 1. Default 1024. */
  constructor(most: number = defaultShortHandles) {
    this.#most = Math.max(1, most);
  }

  /** The number of handles. */
  get size(): number {
    return this.#identities.size;
  }

  /** Returns the handle of an identity: the one that it has, or a new random one. */
  issue(identity: Identity): Uint8Array {
    const old = this.#handles.get(identity);
    if (old !== undefined && this.#identities.has(keyOf(old))) return old;
    const handle = randomBytes(handleLength);
    this.#identities.set(keyOf(handle), identity);
    this.#handles.set(identity, handle);
    if (this.#identities.size > this.#most) {
      for (const oldest of this.#identities.keys()) {
        this.#identities.delete(oldest);
        break;
      }
    }
    return handle;
  }

  /** Returns the identity that a handle stands for; undefined if it was never issued or has been forgotten. */
  find(handle: Uint8Array): Identity | undefined {
    return handle.length === handleLength ? this.#identities.get(keyOf(handle)) : undefined;
  }
}

function keyOf(handle: Uint8Array): string {
  return Buffer.from(handle.buffer, handle.byteOffset, handle.length).toString("hex");
}
