// mailbox.x as a mailbox serves it: most messages have the sender of the one before, whose address is not decoded again, which takes as
// long as the rest of a short message.
import { oneArgument } from "../xdr/arguments.js";
import { copyOf } from "../xdr/memory.js";
import type { XdrReader } from "../xdr/reader.js";
import { readString } from "../xdr/string.js";
import type { Encodable, XdrType } from "../xdr/type.js";
import { MAIL_MAXADDRESS, MAIL_MAXMESSAGE, MAIL_VERS, mail_envelope } from "./mailbox.gen.js";

/** The program for one mailbox. */
export function mailProgram(): typeof MAIL_VERS {
  const args = oneArgument(envelopes());
  const { post, send, offer, deliver, watch } = MAIL_VERS.procedures;
  return {
    ...MAIL_VERS,
    procedures: {
      post: { ...post, args },
      send: { ...send, args },
      offer: { ...offer, args },
      deliver: { ...deliver, args },
      watch,
    },
  };
}

function envelopes(): XdrType<mail_envelope, Encodable<mail_envelope>> {
  let known = "";
  /** The address that is known, with its length and padding. */
  let encoded = new DataView(new ArrayBuffer(4));
  return {
    ...mail_envelope,
    decode: (from) => {
      const start = from.offset;
      if (isNext(from, encoded)) from.offset += encoded.byteLength;
      else {
        known = readString(from, MAIL_MAXADDRESS);
        encoded = new DataView(copyOf(from.buffer, start, from.offset - start).buffer);
      }
      return { from: known, message: from.readOpaque(MAIL_MAXMESSAGE) };
    },
  };
}

function isNext(from: XdrReader, words: DataView): boolean {
  if (words.byteLength > from.left) return false;
  for (let at = 0; at < words.byteLength; at += 4) {
    if (from.view.getUint32(from.offset + at) !== words.getUint32(at)) return false;
  }
  return true;
}
