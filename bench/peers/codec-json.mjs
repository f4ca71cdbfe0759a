// The codec benchmark's rows as JSON text in UTF-8: 64-bit integers as strings, bytes as base64.
import { inTurn } from "../codec/values.mjs";

const replacer = (_key, value) => (typeof value === "bigint" ? String(value) : value);

export function rows(values) {
  const { fattr3, directory, blob } = values;
  const plain = (value) => JSON.parse(JSON.stringify(value, replacer));
  const encodeBlob = () => Buffer.from(JSON.stringify({ data: blob.data.toString("base64") }));
  const message = inTurn(encodeBlob);
  return {
    pair: row(values.pair),
    fattr3: row(plain(fattr3)),
    directory: row(plain(directory)),
    samples: row(values.samples),
    blob: { encode: encodeBlob, decode: () => Buffer.from(JSON.parse(message().toString()).data, "base64") },
  };
}

function row(value) {
  const encode = () => Buffer.from(JSON.stringify(value));
  const message = inTurn(encode);
  return { encode, decode: () => JSON.parse(message().toString()) };
}
