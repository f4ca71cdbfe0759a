// The calls and replies that deferred calls carry as messages: writes and compares calls, and reads replies.

import { authNone } from "../auth/none.js";
import { decodingLimits } from "../client/decoding-limits.js";
import type { ClientOptions } from "../client/options.js";
import { placeOf } from "../peer/failures.js";
import { warnOfLeftOver } from "../peer/late-failures.js";
import { type Outcome, type PlainCall, readOutcome, refuseUnprepared, writePlainCall } from "../peer/plain-call.js";
import { defaultDecodedBytes } from "../peer/reply.js";
import type { ChannelCall } from "../rpc/call.js";
import type { CallPlace } from "../rpc/errors.js";
import { emptyReplyMessage } from "../rpc/header.js";
import { type Fingerprint, fingerprint } from "../session/fingerprint.js";
import type { Address } from "../transport/address.js";
import { XdrReader } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";

/** The options of a client that decide how calls are written and results read. */
export type MessageOptions = Pick<ClientOptions, "auth" | "limits" | "lenient" | "onLeftOver" | "strict">;

/** Writes the calls of one client, and reads their replies. */
export class CallMessages {
  readonly #options: MessageOptions;
  readonly #onLeftOver: MessageOptions["onLeftOver"];

  /** @throws TypeError for a credential that has to make calls first. */
  constructor(options: MessageOptions) {
    this.#options = options;
    this.#onLeftOver = options.strict === true ? undefined : (options.onLeftOver ?? warnOfLeftOver());
    if (options.auth?.fixed === undefined && options.auth !== undefined) refuseUnprepared(options.auth);
  }

  /** The call of a ticket. Its transaction id is the ticket's first word. */
  callOf(request: ChannelCall, id: Uint8Array, remote: Address): PlainCall {
    const auth = request.options.auth ?? this.#options.auth ?? authNone();
    const xid = new DataView(id.buffer, id.byteOffset).getUint32(0);
    return { request, auth, sealed: [], xid, transmissions: 0, remote, reliable: true };
  }

  /** @throws RpcCodecError if the arguments cannot be encoded. */
  written(call: PlainCall): Uint8Array<ArrayBuffer> {
    const out = new XdrWriter({ capacity: 256 });
    writePlainCall(out, call);
    return out.toBytes() as Uint8Array<ArrayBuffer>;
  }

  /** The outcome that a REPLY message has. */
  read(call: PlainCall, reply: Uint8Array): Outcome {
    const { limits, lenient } = this.#options;
    const { decodedBytes = defaultDecodedBytes } = limits ?? {};
    const from = new XdrReader(reply, { limits: decodingLimits(limits), ...(lenient && { lenient }) });
    try {
      return readOutcome({ ...call, transmissions: 1 }, from, emptyReplyMessage(), {
        decodedBytes,
        onLeftOver: this.#onLeftOver,
      });
    } catch (error) {
      return { error };
    }
  }
}

/** The place of a ticket's call in errors. */
export const placeOfCall = ({ request, remote }: PlainCall): CallPlace => placeOf(request, remote, undefined);

/** xid, CALL, version of RPC, program, version, procedure. */
const header = 24;

/**
 * The fingerprint of program, version, procedure and arguments. Transaction id and credential are left out: they differ when a client
 * submits a call again after a restart.
 */
export function callPrint(message: Uint8Array): Fingerprint {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  let at = header;
  for (let auth = 0; auth < 2; auth++) {
    if (at + 8 > message.length) return fingerprint(message);
    at += 8 + 4 * Math.ceil(view.getUint32(at + 4) / 4);
  }
  if (at > message.length) return fingerprint(message);
  const bytes = new Uint8Array(message.length - at + 12);
  bytes.set(message.subarray(12, header));
  bytes.set(message.subarray(at), 12);
  return fingerprint(bytes);
}
