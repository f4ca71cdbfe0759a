// Calls written byte by byte over TCP, for what no well-behaved client sends.
import { connect } from "node:net";

export interface RawCall {
  readonly rpcVersion?: number;
  readonly program: number;
  readonly version?: number;
  readonly procedure?: number;
  readonly flavor?: number;
  readonly credential?: Buffer;
  /** Behind the verifier. */
  readonly args?: Buffer;
}

const xid = 0x1234_5678;

/** 32-bit words, big-endian. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, i * 4);
  return bytes;
}

/** An opaque or a string: its length, its bytes, zeros up to a multiple of four. */
export function counted(bytes: Buffer): Buffer {
  return Buffer.concat([words(bytes.length), bytes, Buffer.alloc(-bytes.length & 3)]);
}

/** The body of an AUTH_SYS credential (RFC 5531 appendix A). */
export function sysBody(machineName: string, gids: number): Buffer {
  const groups = Array.from({ length: gids }, (_, i) => i);
  return Buffer.concat([words(0), counted(Buffer.from(machineName)), words(1, 1, gids, ...groups)]);
}

/** A CALL message (RFC 5531 section 9). */
export function message(call: RawCall): Buffer {
  const { rpcVersion = 2, program, version = 1, procedure = 0, flavor = 0, credential = Buffer.alloc(0) } = call;
  const header = words(xid, 0, rpcVersion, program, version, procedure, flavor);
  return Buffer.concat([header, counted(credential), words(0, 0), call.args ?? Buffer.alloc(0)]);
}

/** Sends one record to a port of 127.0.0.1. @returns the reply as hexadecimal words, or "closed" or "silence". */
export function send(port: number, record: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let received = Buffer.alloc(0);
    const end = (answer: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end("silence"), 2_000); // waits: bounds a reply that never comes
    socket.on("error", () => end("closed"));
    socket.on("close", () => end("closed"));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4) return;
      const length = received.readUInt32BE(0) & 0x7fff_ffff;
      if (received.length >= 4 + length) end(received.toString("hex", 4, 4 + length).replace(/.{8}(?=.)/g, "$& "));
    });
    socket.write(Buffer.concat([words(0x8000_0000 | record.length), record]));
  });
}
