// The few words of RPC messages that sessions read and write themselves.

/** The program number in a CALL message; undefined if it is too short. */
export function programOf(message: Uint8Array): number | undefined {
  return message.length < 16 ? undefined : wordAt(message, 12);
}

/** Whether a reply is MSG_ACCEPTED and SUCCESS, with any verifier. */
export function isSuccess(reply: Uint8Array): boolean {
  if (reply.length < 24 || wordAt(reply, 8) !== 0) return false;
  const at = 20 + ((wordAt(reply, 16) + 3) & ~3);
  return reply.length >= at + 4 && wordAt(reply, at) === 0;
}

/** A reply with SYSTEM_ERR for a handler that sends no reply, because the slot needs one. */
export function silent(message: Uint8Array): Uint8Array {
  const reply = new Uint8Array(24);
  const view = new DataView(reply.buffer);
  reply.set(message.subarray(0, 4));
  view.setUint32(4, 1);
  view.setUint32(20, 5);
  return reply;
}

function wordAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
  return (high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0;
}
