// The server's memory for AUTH_SHORT (RFC 5531 appendix A): short handles that stand for whole credentials.
import { randomBytes } from "node:crypto";
import type { Identity } from "../rpc/auth.js";

/** How many handles a server keeps where nothing is said. */
export const defaultShortHandles = 1024;

const handleLength = 16;

/** Handles and the identities they stand for; the oldest goes when there are too many. */
export class ShortHandles {
  readonly #most: number;
  /** By handle in hex, oldest first. */
  readonly #identities = new Map<string, Identity>();
  readonly #handles = new WeakMap<Identity, Uint8Array>();

  /** @param most Handles to keep, at least 1. Default 1024. */
  constructor(most: number = defaultShortHandles) {
    this.#most = Math.max(1, most);
  }

  get size(): number {
    return this.#identities.size;
  }

  /** The handle of an identity: the one it has, or a new one that nobody can guess. */
  issue(identity: Identity): Uint8Array {
    const old = this.#handles.get(identity);
    if (old !== undefined && this.#identities.has(keyOf(old))) return old;
    const handle = new Uint8Array(randomBytes(handleLength));
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

  /** Whom a handle stands for; undefined when it was never issued, or has gone. */
  find(handle: Uint8Array): Identity | undefined {
    return handle.length === handleLength ? this.#identities.get(keyOf(handle)) : undefined;
  }
}

function keyOf(handle: Uint8Array): string {
  return Buffer.from(handle.buffer, handle.byteOffset, handle.length).toString("hex");
}
