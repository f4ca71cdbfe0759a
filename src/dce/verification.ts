// The verification trailer behind the arguments of a protected call (MS-RPCE section 2.2.2.13). The PDUs of binding are not
// protected: with it the server sees whether somebody has changed the interface there, or the agreement on headers. It is little-endian,
// whatever the byte order of the PDU.
import type { DceInterface } from "./interface.js";
import { ndrSyntax, type Pdu, readSyntax, type Syntax, writeSyntax } from "./pdu.js";

const magic = Buffer.from("8ae3137102f43671", "hex");

const Command = { bitmask: 1, context: 2, header: 3 } as const;
/** Flags of a command. */
const isLast = 0x4000;
const mustBeKnown = 0x8000;
const commandMask = 0x3fff;
/** The bit of `Command.bitmask`: the client asked for protected headers. */
const headersBit = 1;

/** A trailer is not longer. */
const mostBytes = 256;
const contextLength = 40;

/** Adds the trailer to the arguments of a call. */
export function withVerification(stub: Uint8Array, program: DceInterface): Uint8Array {
  const start = (stub.length + 3) & ~3;
  const bytes = new Uint8Array(start + magic.length + 8 + 4 + contextLength);
  bytes.set(stub);
  bytes.set(magic, start);
  const view = new DataView(bytes.buffer);
  let at = start + magic.length;
  view.setUint16(at, Command.bitmask, true);
  view.setUint16(at + 2, 4, true);
  view.setUint32(at + 4, headersBit, true);
  at += 8;
  view.setUint16(at, Command.context | isLast, true);
  view.setUint16(at + 2, contextLength, true);
  writeSyntax(view, at + 4, syntaxOf(program), true);
  writeSyntax(view, at + 24, ndrSyntax, true);
  return bytes;
}

/** The facts of a call that its trailer must agree with. */
export interface Verified {
  readonly pdu: Pdu;
  /** The interface that is bound. */
  readonly program: DceInterface | undefined;
  /** Whether headers are protected. */
  readonly signsHeader: boolean;
}

/** The arguments without the trailer, if there is one; undefined if it says something else than what arrived. */
export function verified(stub: Uint8Array, facts: Verified): Uint8Array | undefined {
  const buffer = Buffer.from(stub.buffer, stub.byteOffset, stub.length);
  const start = buffer.lastIndexOf(magic);
  if (start < 0 || (start & 3) !== 0 || stub.length - start > mostBytes) return stub;
  const commands = commandsIn(buffer, start + magic.length);
  // The arguments themselves contain the bytes that begin a trailer; there is no trailer.
  if (commands === undefined) return stub;
  return commands.every((one) => agrees(one, facts)) ? stub.subarray(0, start) : undefined;
}

interface CommandPart {
  readonly command: number;
  readonly view: DataView;
}

/** Undefined if they do not fill the bytes to the end. */
function commandsIn(buffer: Buffer, from: number): CommandPart[] | undefined {
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  const commands: CommandPart[] = [];
  for (let at = from; at + 4 <= buffer.length; ) {
    const command = view.getUint16(at, true);
    const length = view.getUint16(at + 2, true);
    if (at + 4 + length > buffer.length) return undefined;
    commands.push({ command, view: new DataView(buffer.buffer, buffer.byteOffset + at + 4, length) });
    at += 4 + length;
    if ((command & isLast) !== 0) return at === buffer.length ? commands : undefined;
  }
  return undefined;
}

function agrees({ command, view }: CommandPart, { pdu, program, signsHeader }: Verified): boolean {
  switch (command & commandMask) {
    case Command.bitmask:
      return view.byteLength === 4 && (signsHeader || (view.getUint32(0, true) & headersBit) === 0);
    case Command.context:
      if (view.byteLength !== contextLength || program === undefined) return false;
      return isSame(readSyntax(view, 0, true), program) && readSyntax(view, 20, true).uuid === ndrSyntax.uuid;
    case Command.header:
      // Type and three zeros, representation, call, context, operation.
      return (
        view.byteLength === 16 &&
        view.getUint8(0) === pdu.type &&
        view.getUint32(8, true) === pdu.callId &&
        view.getUint16(12, true) === pdu.view.getUint16(20, pdu.little) &&
        view.getUint16(14, true) === pdu.view.getUint16(22, pdu.little)
      );
    default:
      return (command & mustBeKnown) === 0;
  }
}

/** The client's minor version may be lower. */
function isSame({ uuid, major, minor }: Syntax, program: DceInterface): boolean {
  return uuid === program.uuid && major === program.version && minor <= program.minor;
}

function syntaxOf({ uuid, version: major, minor }: DceInterface): Syntax {
  return { uuid, major, minor };
}
