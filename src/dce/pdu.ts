// The connection-oriented PDUs (C706 section 12.6): their header, and the bodies of binding.
import { readUuid, type Uuid, writeUuid } from "./uuid.js";

export const PduType = {
  request: 0,
  response: 2,
  fault: 3,
  bind: 11,
  bindAck: 12,
  bindNak: 13,
  alterContext: 14,
  alterContextResponse: 15,
  /** The client's last token, which has no answer (MS-RPCE section 2.2.2.5). */
  auth3: 16,
  shutdown: 17,
  cancel: 18,
  orphaned: 19,
} as const;

/** Reasons of bind_nak (C706 section 12.6.3.1, MS-RPCE section 2.2.2.9). */
export const BindNak = {
  unspecified: 0,
  protocolVersion: 4,
  /** The characters or numbers of the PDU have a form that this end cannot read. */
  dataNotReadable: 6,
  authenticationType: 8,
  invalidChecksum: 9,
} as const;

/** Flags of the header (C706 section 12.6.3.1). */
export const Flag = {
  first: 0x01,
  last: 0x02,
  /** Of bind and bind_ack: headers are protected, too (MS-RPCE section 2.2.2.3). */
  headerSigning: 0x04,
  multiplex: 0x10,
  didNotExecute: 0x20,
  maybe: 0x40,
  object: 0x80,
} as const;

export const headerSize = 16;
/** The header of a request or response, with what stands before the stub data. */
export const callHeaderSize = 24;
/** Every implementation can receive fragments of this size (C706 section 12.6.3.1). */
export const leastFragment = 1432;

/** NDR 2.0 as a transfer syntax (C706 appendix I). */
export const ndrSyntax: Syntax = { uuid: "8a885d04-1ceb-11c9-9fe8-08002b104860", major: 2, minor: 0 };

/** One received PDU: one fragment of a message. */
export interface Pdu {
  readonly type: number;
  readonly flags: number;
  readonly callId: number;
  readonly authLength: number;
  /** The byte order of its sender. */
  readonly little: boolean;
  /** All of it, from the header on. */
  readonly view: DataView;
}

/** An interface or a representation, with its version. */
export interface Syntax {
  readonly uuid: Uuid;
  readonly major: number;
  readonly minor: number;
}

/** One presentation context that a client proposes. */
export interface ProposedContext {
  readonly id: number;
  readonly abstract: Syntax;
  readonly transfers: readonly Syntax[];
}

/** The answer to a proposed context: result 0 accepts it. */
export interface ContextResult {
  readonly result: number;
  readonly reason: number;
}

/** The contents of bind and alter_context. */
export interface Bind {
  readonly maxTransmit: number;
  readonly maxReceive: number;
  readonly group: number;
  readonly contexts: readonly ProposedContext[];
}

/** The contents of bind_ack and alter_context_resp. */
export interface BindAck {
  readonly maxTransmit: number;
  readonly maxReceive: number;
  readonly group: number;
  readonly address: string;
  readonly results: readonly ContextResult[];
}

/** Bytes that are not a PDU. The connection cannot continue. */
export class BadPdu extends Error {}

/** A PDU of another version of the protocol, or in a representation that this end cannot read. */
export class ForeignPdu extends BadPdu {
  readonly type: number;
  readonly callId: number;
  /** The reason that a bind_nak gives. */
  readonly reason: number;

  constructor(view: DataView, reason: number, message: string) {
    super(message);
    this.type = view.getUint8(2);
    this.callId = view.getUint32(12, view.getUint8(4) >> 4 === 1);
    this.reason = reason;
  }
}

/** Makes a PDU of `size` bytes, in this machine's or the chosen byte order; `fill` writes what follows the header. */
export function makePdu(
  head: { readonly type: number; readonly flags?: number; readonly callId: number; readonly little: boolean },
  size: number,
  fill: (view: DataView, bytes: Uint8Array) => void = () => {},
): Uint8Array {
  // Of Node's pool, if it is small: memory of its own costs more than the rest of a PDU.
  const bytes = Buffer.allocUnsafe(size).fill(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  bytes[0] = 5;
  bytes[2] = head.type;
  bytes[3] = head.flags ?? Flag.first | Flag.last;
  // Integers in this order, ASCII; IEEE floating point (C706 section 14.1).
  bytes[4] = head.little ? 0x10 : 0;
  view.setUint16(8, size, head.little);
  view.setUint32(12, head.callId, head.little);
  fill(view, bytes);
  return bytes;
}

/** Reads the header of a whole PDU. @throws BadPdu */
export function readPdu(bytes: Uint8Array): Pdu {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = isLittle(view);
  const authLength = view.getUint16(10, little);
  return {
    type: view.getUint8(2),
    flags: view.getUint8(3),
    callId: view.getUint32(12, little),
    authLength,
    little,
    view,
  };
}

/** The length of the PDU whose header this is. @throws BadPdu if they do not begin one. */
export function lengthOf(view: DataView): number {
  if (view.getUint8(0) !== 5 || view.getUint8(1) > 1) {
    throw new ForeignPdu(
      view,
      BindNak.protocolVersion,
      `the peer does not speak DCE RPC 5.0: its message begins with ${view.getUint8(0)}.${view.getUint8(1)}`,
    );
  }
  const length = view.getUint16(8, isLittle(view));
  if (length < headerSize) throw new BadPdu(`a PDU has ${length} bytes; its header alone has ${headerSize}`);
  return length;
}

function isLittle(view: DataView): boolean {
  const [first, second] = [view.getUint8(4), view.getUint8(5)];
  const unreadable =
    (first & 0x0f) !== 0
      ? "the peer's characters are not ASCII"
      : second !== 0
        ? "the peer's floating-point numbers are not IEEE"
        : first >> 4 > 1
          ? "the peer's byte order is not known"
          : undefined;
  if (unreadable !== undefined) throw new ForeignPdu(view, BindNak.dataNotReadable, unreadable);
  return first >> 4 === 1;
}

/** The stub data of a request, response or fault. @throws BadPdu */
export function stubOf({ type, flags, view }: Pdu): Uint8Array {
  const hasObject = type === PduType.request && (flags & Flag.object) !== 0;
  const start = callHeaderSize + (hasObject ? 16 : 0);
  if (view.byteLength < start) throw new BadPdu("a PDU is too short for its type");
  return new Uint8Array(view.buffer, view.byteOffset + start, view.byteLength - start);
}

export function makeBind(bind: Bind, type: number, callId: number, little: boolean): Uint8Array {
  const size = 28 + bind.contexts.reduce((sum, { transfers }) => sum + 24 + 20 * transfers.length, 0);
  return makePdu({ type, callId, little }, size, (view) => {
    writeSizes(view, bind, little);
    view.setUint8(24, bind.contexts.length);
    let at = 28;
    for (const { id, abstract, transfers } of bind.contexts) {
      view.setUint16(at, id, little);
      view.setUint8(at + 2, transfers.length);
      at += 4;
      for (const syntax of [abstract, ...transfers]) at = writeSyntax(view, at, syntax, little);
    }
  });
}

/** @throws BadPdu */
export function readBind({ view, little }: Pdu): Bind {
  return reading(view, () => {
    const contexts: ProposedContext[] = [];
    let at = 28;
    const count = view.getUint8(24);
    for (let i = 0; i < count; i++) {
      const id = view.getUint16(at, little);
      const transfers = view.getUint8(at + 2);
      const syntaxes: Syntax[] = [];
      for (let j = 0; j <= transfers; j++) syntaxes.push(readSyntax(view, at + 4 + 20 * j, little));
      at += 24 + 20 * transfers;
      contexts.push({ id, abstract: syntaxes[0] as Syntax, transfers: syntaxes.slice(1) });
    }
    return { ...readSizes(view, little), contexts };
  });
}

export function makeBindAck(ack: BindAck, type: number, callId: number, little: boolean): Uint8Array {
  const address = new TextEncoder().encode(ack.address === "" ? "" : `${ack.address}\0`);
  const results = (26 + address.length + 3) & ~3;
  const size = results + 4 + 24 * ack.results.length;
  return makePdu({ type, callId, little }, size, (view, bytes) => {
    writeSizes(view, ack, little);
    view.setUint16(24, address.length, little);
    bytes.set(address, 26);
    view.setUint8(results, ack.results.length);
    for (const [i, { result, reason }] of ack.results.entries()) {
      const at = results + 4 + 24 * i;
      view.setUint16(at, result, little);
      view.setUint16(at + 2, reason, little);
      if (result === 0) writeSyntax(view, at + 4, ndrSyntax, little);
    }
  });
}

/** @throws BadPdu */
export function readBindAck({ view, little }: Pdu): BindAck {
  return reading(view, () => {
    const length = view.getUint16(24, little);
    const at = (26 + length + 3) & ~3;
    const results = Array.from({ length: view.getUint8(at) }, (_, i) => ({
      result: view.getUint16(at + 4 + 24 * i, little),
      reason: view.getUint16(at + 6 + 24 * i, little),
    }));
    return { ...readSizes(view, little), address: "", results };
  });
}

function reading<T>(view: DataView, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new BadPdu(`a PDU of ${view.byteLength} bytes is shorter than its contents`);
    throw error;
  }
}

function writeSizes(view: DataView, sizes: Omit<Bind, "contexts">, little: boolean): void {
  view.setUint16(16, sizes.maxTransmit, little);
  view.setUint16(18, sizes.maxReceive, little);
  view.setUint32(20, sizes.group, little);
}

function readSizes(view: DataView, little: boolean): Omit<Bind, "contexts"> {
  return {
    maxTransmit: view.getUint16(16, little),
    maxReceive: view.getUint16(18, little),
    group: view.getUint32(20, little),
  };
}

/** Writes an interface or a representation: 20 bytes. @returns the offset behind it. */
export function writeSyntax(view: DataView, at: number, { uuid, major, minor }: Syntax, little: boolean): number {
  writeUuid(view, at, uuid, little);
  view.setUint32(at + 16, ((minor << 16) | major) >>> 0, little);
  return at + 20;
}

/** The version is one integer of 32 bits: its lower half is the major version. */
export function readSyntax(view: DataView, at: number, little: boolean): Syntax {
  const version = view.getUint32(at + 16, little);
  return { uuid: readUuid(view, at, little), major: version & 0xffff, minor: version >>> 16 };
}
