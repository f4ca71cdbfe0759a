// The codec benchmark's rows in msgpackr: MessagePack with records, whose names travel once. It gives out views of bytes.
import { Packr } from "msgpackr";
import { inTurn } from "../codec/values.mjs";

export function rows(values) {
  const { pair, fattr3, directory, samples, blob } = values;
  return {
    pair: row(pair),
    fattr3: row(fattr3),
    directory: row(directory),
    samples: row(samples),
    blob: copied(row(blob)),
    aliased: { decode: row(blob).decode },
  };
}

/** Records are known to both ends after the first message, as on a connection. */
function row(value) {
  const packr = new Packr({ structures: [] });
  const encode = () => packr.pack(value);
  const message = inTurn(() => Buffer.from(encode()));
  return { encode, decode: () => packr.unpack(message()) };
}

function copied({ encode, decode }) {
  return { encode, decode: () => new Uint8Array(decode().data) };
}
