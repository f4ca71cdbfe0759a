// Describes messages that the server drops because nobody can be answered: they are not complete RPC messages.
import { TransportError } from "../transport/errors.js";
import { foreignProtocol } from "../transport/foreign.js";
import type { XdrReader } from "../xdr/reader.js";

/**
 * `from` is at the beginning of a message that is not a call, or of a call that ends within its header (RFC 5531 section 9).
 */
export function notRpc(from: XdrReader): TransportError {
  return new TransportError("TRANSPORT_FOREIGN_PROTOCOL", `a message was dropped: ${fault(from)}`);
}

function fault({ view, offset, end }: XdrReader): string {
  const size = end - offset;
  const type = size < 8 ? -1 : view.getUint32(offset + 4);
  if (type === 0) return `a call of ${size} bytes ends within its header`;
  const foreign = size < 4 ? undefined : foreignProtocol(view.getUint32(offset), "client");
  return foreign ?? (type < 0 ? `a size of ${size} bytes` : `message type ${type}${type === 1 ? ", a reply" : ""}`);
}
