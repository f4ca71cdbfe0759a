// The probe for TLS (RFC 9289 section 4.1) and the call that follows the handshake: procedure 0, as bytes. Calls are the business of
// higher rooms, but TLS begins before there is a conversation.
import { randomWord } from "../../base/random.js";
import type { XdrWriter } from "../../xdr/writer.js";
import type { Connection } from "../connection.js";
import { TransportError } from "../errors.js";

/** AUTH_TLS (RFC 9289 section 4.1). */
export const authTls = 7;
const authNone = 0;

/** The body of the verifier of a server that offers TLS. */
export const startTls = "STARTTLS";

/** A program version whose procedure 0 is called. */
export interface ProbedProgram {
  readonly number: number;
  readonly version: number;
}

/** The portmapper: any server answers whether it has this program or not. */
const portmapper: ProbedProgram = { number: 100_000, version: 2 };

/**
 * Asks for TLS. The connection must be new; afterwards `open` may be called again.
 * @returns undefined if the server offers TLS, or else how it answered.
 * @throws TransportError if the connection was lost, or the answer is not RPC.
 */
export async function askForTls(connection: Connection, program = portmapper): Promise<string | undefined> {
  const reply = await callNull(connection, program, authTls);
  if (reply.readUInt32BE(8) !== 0) return "it denied the credential";
  const verifier = reply.length < 20 ? Buffer.alloc(0) : reply.subarray(12, 28);
  const isOffered =
    reply.length === 32 &&
    verifier.readUInt32BE(0) === authNone &&
    verifier.readUInt32BE(4) === startTls.length &&
    verifier.toString("latin1", 8) === startTls &&
    reply.readUInt32BE(28) === 0;
  return isOffered ? undefined : `its reply has no ${startTls}`;
}

/**
 * Calls procedure 0 without a credential, and waits for any reply: the server has accepted our certificate, which in TLS 1.3 it looks at
 * after our side of the handshake has ended.
 * @throws TransportError if the connection was lost.
 */
export async function callThroughTls(connection: Connection, program = portmapper): Promise<void> {
  await callNull(connection, program, authNone);
}

/** The reply to one call of procedure 0, of which nothing but the transaction id and the type is checked. */
function callNull(connection: Connection, { number, version }: ProbedProgram, flavor: number): Promise<Buffer> {
  const xid = randomWord();
  // xid, CALL, rpcvers, program, version, procedure; credential and verifier, both empty (RFC 5531 section 9)
  const call = [xid, 0, 2, number, version, 0, flavor, 0, authNone, 0];
  return new Promise((resolve, reject) => {
    connection.open({
      message: (bytes, start, end) => {
        connection.release?.();
        const reply = Buffer.from(bytes.subarray(start, end));
        if (reply.length >= 12 && reply.readUInt32BE(0) === xid && reply.readUInt32BE(4) === 1) resolve(reply);
        else reject(new TransportError("TRANSPORT_FOREIGN_PROTOCOL", "the reply to the probe for TLS is not of RPC"));
      },
      drained() {},
      closed: (error) =>
        reject(error ?? new TransportError("TRANSPORT_RESET", "the server closed the connection before its reply")),
    });
    connection.send(writeWords, call);
  });
}

function writeWords(out: XdrWriter, words: readonly number[]): void {
  for (const word of words) out.writeWord(word);
}
