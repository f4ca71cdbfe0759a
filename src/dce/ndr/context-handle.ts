// Context handles: a server's state as its clients name it (C706 section 6.1.7).
import { nilUuid, type Uuid } from "../uuid.js";

/**
 * A context handle on a client: 20 bytes that are valid only on the server that created them, and only on the association over which the client
 * received them.
 * @example
 * const handle = new ContextHandle(0, newUuid());
 * console.log(encodeNdr({ kind: "context_handle" }, handle).length); // 20
 */
export class ContextHandle {
  /** Attributes: 0 from most servers. Some, such as Samba, send a number of the handle's type. */
  readonly attributes: number;
  /** Identifies the context. */
  readonly uuid: Uuid;

  /** Makes a handle from its parts on the wire. */
  constructor(attributes: number, uuid: Uuid) {
    this.attributes = attributes;
    this.uuid = uuid;
  }
}

/** How the two ends translate the handles of one call. `type` is that of the place where the handle stands. */
export interface ContextHandles {
  /** The handle that is sent for a value. @throws TypeError if the value is no handle, or of another type. */
  send(value: unknown, type?: string): ContextHandle;
  /** The value for a handle that was received. */
  receive(handle: ContextHandle, type?: string): unknown;
}

/** Handles as clients have them. */
export const plainHandles: ContextHandles = {
  send(value) {
    if (value instanceof ContextHandle) return value;
    throw new TypeError("not a ContextHandle");
  },
  receive: (handle) => handle,
};

/** The null handle. */
export const nullHandle: ContextHandle = new ContextHandle(0, nilUuid);
