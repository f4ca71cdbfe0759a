// The codec benchmark's rows in protobufjs, from messages built at run time (it compiles them as its static code is).
// 64-bit integers are Long objects.
import protobuf from "protobufjs";
import { inTurn } from "../codec/values.mjs";
import { proto } from "./codec-proto.mjs";

const { root } = protobuf.parse(proto);
const { Long } = protobuf.util;
const long = (value) => Long.fromString(String(value), true);

export function rows(values) {
  const { fattr3 } = values;
  const entries = values.directory.entries.map((one) => ({ ...one, cookie: long(one.cookie) }));
  const attributes = {
    ...fattr3,
    size: long(fattr3.size),
    used: long(fattr3.used),
    fsid: long(fattr3.fsid),
    fileid: long(fattr3.fileid),
  };
  return {
    pair: row("pair", values.pair),
    fattr3: row("fattr3", attributes),
    directory: row("directory", { entries }),
    samples: row("samples", values.samples),
    blob: copied(row("blob", values.blob)),
    aliased: { decode: row("blob", values.blob).decode },
  };
}

/** It gives out views of the message; who keeps the bytes must copy them. */
function copied({ encode, decode }) {
  return { encode, decode: () => new Uint8Array(decode().data) };
}

function row(name, value) {
  const type = root.lookupType(name);
  const message = type.create(value);
  const bytes = inTurn(() => type.encode(message).finish());
  return { encode: () => type.encode(message).finish(), decode: () => type.decode(bytes()) };
}
