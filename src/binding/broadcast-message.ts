// The datagrams of a broadcast: CALLIT of versions 2 and 3, each with an xid of its own, and the replies to them.

import {
  AcceptStat,
  emptyReplyMessage,
  MessageType,
  noAuth,
  randomXid,
  readReplyHeader,
  writeAuthWords,
  writeCallHeader,
} from "../rpc/header.js";
import type { Procedure, Program } from "../rpc/program.js";
import { encodeAuthWords } from "../rpc/write-auth.js";
import { fromUniversalAddress } from "../transport/address.js";
import { locateDecodeError } from "../xdr/locate.js";
import { XdrReader } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";
import { PMAP_VERS } from "./portmap/portmap.gen.js";
import { RPCBVERS } from "./rpcbind/rpcbind.gen.js";

/** One datagram, which is sent repeatedly. */
export interface BroadcastMessage {
  /** The version of the binder protocol. */
  readonly version: 2 | 3;
  readonly xid: number;
  readonly bytes: Uint8Array;
}

interface Called<Args extends readonly unknown[], Result> {
  readonly program: Program;
  readonly procedure: Procedure<Args, Result>;
}

/** @throws XdrError when the arguments do not encode. */
export function broadcastMessages<Args extends readonly unknown[]>(
  what: Called<Args, unknown>,
  args: Args,
  versions: readonly (2 | 3)[],
): BroadcastMessage[] {
  const { program, procedure } = what;
  const encoded = new XdrWriter();
  procedure.args.encode(encoded, args);
  const call = { prog: program.number, vers: program.version, proc: procedure.number, args: encoded.toBytes() };
  const first = randomXid();
  return versions.map((version, i) => {
    const xid = (first + i) >>> 0;
    const { program: binder, callit } = protocolOf(version);
    const out = new XdrWriter();
    writeCallHeader(out, xid, binder.number, binder.version, callit.number);
    writeAuthWords(out, encodeAuthWords(noAuth));
    callit.args.encode(out, [call]);
    return { version, xid, bytes: out.toBytes() };
  });
}

function protocolOf(version: 2 | 3) {
  return version === 2
    ? { program: PMAP_VERS, callit: PMAP_VERS.procedures.callit }
    : { program: RPCBVERS, callit: RPCBVERS.procedures.callit };
}

/** The answer of a server. */
export interface BroadcastReply<Result> {
  /** The program's port. */
  readonly port: number;
  readonly result: Result;
  /** Bytes left over after the result. */
  readonly leftOver: number;
}

/**
 * Returns undefined if the datagram is not an answer: any host may send anything.
 * @throws XdrError if it is an answer with an invalid result.
 */
export function readBroadcastReply<Result>(
  messages: readonly BroadcastMessage[],
  { procedure }: Called<readonly unknown[], Result>,
  bytes: Uint8Array,
  isVersion6: boolean,
): BroadcastReply<Result> | undefined {
  const answer = readAnswer(messages, bytes, isVersion6);
  if (answer === undefined) return undefined;
  const from = new XdrReader(answer.results);
  let result: Result;
  try {
    result = procedure.result.decode(from);
  } catch (error) {
    throw locateDecodeError(
      procedure.result.shape,
      answer.results,
      0,
      answer.results.length,
      error,
      undefined,
      "result",
    );
  }
  return { port: answer.port, result, leftOver: from.left };
}

interface Answer {
  readonly port: number;
  readonly results: Uint8Array;
}

function readAnswer(messages: readonly BroadcastMessage[], bytes: Uint8Array, isVersion6: boolean): Answer | undefined {
  const reply = emptyReplyMessage();
  try {
    const from = new XdrReader(bytes);
    if (bytes.length < 24 || from.view.getUint32(4) !== MessageType.REPLY || !readReplyHeader(from, reply)) return;
    const message = messages.find(({ xid }) => xid === reply.xid);
    if (message === undefined || !reply.accepted || from.readWord() !== AcceptStat.SUCCESS) return;
    const { port, results } = readResult(message.version, from, isVersion6);
    return port === 0 || port > 0xffff ? undefined : { port, results };
  } catch {
    return undefined;
  }
}

function readResult(version: 2 | 3, from: XdrReader, isVersion6: boolean): { port: number; results: Uint8Array } {
  if (version === 2) {
    const { port, res } = PMAP_VERS.procedures.callit.result.decode(from);
    return { port, results: res };
  }
  const { addr, results } = RPCBVERS.procedures.callit.result.decode(from);
  const address = fromUniversalAddress(isVersion6 ? "udp6" : "udp", addr);
  return { port: "port" in address ? address.port : 0, results };
}
