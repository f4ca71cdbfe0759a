// The calls of the benchmark as bytes: of PEER_PROG over TCP and UDP, and the same over HTTP/1.1.
import { message, words } from "../../test/interop/harness/raw-call.js";
import { PEER_PROG } from "../../test/interop/peer.gen.js";

export type Protocol = "rpc" | "http";

/** Procedures of PEER_V1. */
const ADD = 1;
const ECHO = 2;
const FILL = 4;

function call(procedure: number, args: Buffer): Buffer {
  return message({ program: PEER_PROG.number, version: 1, procedure, args });
}

/** One record of one fragment (RFC 5531 section 11). */
export function record(bytes: Buffer): Buffer {
  return Buffer.concat([words(0x8000_0000 + bytes.length), bytes]);
}

function post(path: string, body: Buffer, headers = ""): Buffer {
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\n${headers}Content-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** 1 + 2. */
export function add(protocol: Protocol): Buffer {
  const args = words(1, 2);
  return protocol === "rpc" ? record(call(ADD, args)) : post("/add", args);
}

/** Asks for so many bytes. */
export function fill(protocol: Protocol, size: number): Buffer {
  return protocol === "rpc" ? record(call(FILL, words(size))) : post("/fill", words(size));
}

export function fillDatagram(size: number): Buffer {
  return call(FILL, words(size));
}

/** Sends so many bytes, and wants them back. */
export function echo(protocol: Protocol, size: number): Buffer {
  const bytes = Buffer.alloc(size, 7);
  return protocol === "rpc" ? record(call(ECHO, Buffer.concat([words(size), bytes]))) : post("/echo", bytes);
}

/** A message that says that it is so long; what follows never comes whole. */
export function announced(protocol: Protocol, length: number): Buffer {
  if (protocol === "rpc") return words((0x8000_0000 + length) % 2 ** 32);
  return Buffer.from(`POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
}

/** `add` in pieces of one byte: fragments, or chunks. */
export function inPieces(protocol: Protocol): Buffer {
  if (protocol === "http") {
    const chunks = [...words(1, 2)].map((byte) =>
      Buffer.concat([Buffer.from("1\r\n"), Buffer.of(byte), Buffer.from("\r\n")]),
    );
    const head = "POST /add HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    return Buffer.concat([Buffer.from(head), ...chunks, Buffer.from("0\r\n\r\n")]);
  }
  const bytes = [...call(ADD, words(1, 2))];
  return Buffer.concat(
    bytes.flatMap((byte, at) => [words(at === bytes.length - 1 ? 0x8000_0001 : 1), Buffer.of(byte)]),
  );
}

/** What a server of the other kind would be asked. */
export function foreign(protocol: Protocol): Buffer {
  return protocol === "rpc" ? Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n") : add("rpc");
}

/** Whether an answer to `add` is whole and right. */
export function isSum(protocol: Protocol, answer: Buffer): boolean {
  if (protocol === "rpc") return answer.length === 32 && answer.readInt32BE(28) === 3;
  return answer.includes("\r\n\r\n") && answer.length >= 4 && answer.readInt32BE(answer.length - 4) === 3;
}
