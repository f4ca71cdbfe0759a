// PDUs of DCE RPC, right and wrong, for tests of hostile peers. Little-endian.

export const request = 0;
export const response = 2;
export const fault = 3;
export const bind = 11;
export const bindAck = 12;
export const bindNak = 13;
export const alterContext = 14;
export const cancel = 18;
export const orphaned = 19;

export function pdu(
  type: number,
  body: Uint8Array,
  { flags = 3, callId = 1, auth = 0, length = 16 + body.length } = {},
): Buffer {
  const head = Buffer.from([5, 0, type, flags, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(length, 8);
  head.writeUInt16LE(auth, 10);
  head.writeUInt32LE(callId, 12);
  return Buffer.concat([head, body]);
}

/** The interface of test/interop/dce/sample.idl and its version, and NDR 2.0. */
const sample = Buffer.from("e2c9a1b77e5a354c9d0f1c4d9fb3a6e101000000", "hex");
const ndr = Buffer.from("045d888aeb1cc9119fe808002b10486002000000", "hex");

/** The body of bind and alter_context; 0 is a new association group. */
export function binding(contexts: number, firstId = 0, group = 0): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16LE(5840, 0);
  head.writeUInt16LE(5840, 2);
  head.writeUInt32LE(group, 4);
  head[8] = contexts;
  const items = Array.from({ length: contexts }, (_, i) => {
    const item = Buffer.from([0, 0, 1, 0]);
    item.writeUInt16LE(firstId + i);
    return Buffer.concat([item, sample, ndr]);
  });
  return Buffer.concat([head, ...items]);
}

/** The body of bind_ack: one context, accepted. */
export function acceptance(): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt16LE(5840, 0);
  head.writeUInt16LE(5840, 2);
  head[12] = 1;
  return Buffer.concat([head, Buffer.alloc(4), ndr]);
}

/** The body of a request; with operation 0, that of a response. */
export function call(operation: number, stub: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(operation, 6);
  return Buffer.concat([head, stub]);
}
