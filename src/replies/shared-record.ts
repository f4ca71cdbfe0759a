// The record of a call in a store that servers share. Anybody with access to the store may have written it.
import { XdrReader } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";
import { shared_reply } from "./replies.gen.js";

/** A call as servers compare it. */
export interface SharedCall {
  readonly id: string;
  /** The length of its arguments in bytes. */
  readonly length: number;
  readonly checksum: number;
}

export type SharedReply = ReturnType<typeof shared_reply.decode>;

export function encodeShared(record: Omit<SharedReply, "checksum"> & { readonly checksum: number }): Uint8Array {
  const out = new XdrWriter({ capacity: 256 });
  shared_reply.encode(out, { ...record, checksum: BigInt(record.checksum) });
  return out.toBytes();
}

/** Undefined for anything else: a deletion, or another program's data. */
export function decodeShared(data: Uint8Array): SharedReply | undefined {
  const from = new XdrReader(data);
  try {
    const record = shared_reply.decode(from);
    return from.left === 0 ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Whether both have the same arguments. */
export function isSameCall(call: SharedCall, { length, checksum }: SharedReply): boolean {
  return call.length === length && BigInt(call.checksum) === checksum;
}
