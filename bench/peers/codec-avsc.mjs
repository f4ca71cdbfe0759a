// The codec benchmark's rows in avsc (Avro). 64-bit integers are bigints, by its interface for types of one's own. It copies bytes.
import avro from "avsc";
import { inTurn } from "../codec/values.mjs";

const long = avro.types.LongType.__with({
  fromBuffer: (bytes) => bytes.readBigInt64LE(),
  toBuffer(value) {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value) => typeof value === "bigint",
  compare: (one, other) => (one === other ? 0 : one < other ? -1 : 1),
});
const registry = { long };
const record = (name, fields) =>
  avro.Type.forSchema(
    { type: "record", name, fields: fields.map(([field, type]) => ({ name: field, type })) },
    { registry },
  );

const pair = record("pair", [
  ["a", "int"],
  ["b", "int"],
]);
record("specdata3", [
  ["specdata1", "int"],
  ["specdata2", "int"],
]);
record("nfstime3", [
  ["seconds", "int"],
  ["nseconds", "int"],
]);
const fattr3 = record("fattr3", [
  ...["type", "mode", "nlink", "uid", "gid"].map((name) => [name, "int"]),
  ...["size", "used"].map((name) => [name, "long"]),
  ["rdev", "specdata3"],
  ...["fsid", "fileid"].map((name) => [name, "long"]),
  ...["atime", "mtime", "ctime"].map((name) => [name, "nfstime3"]),
]);
record("entry", [
  ["fileid", "int"],
  ["name", "string"],
  ["cookie", "long"],
]);
const directory = record("directory", [["entries", { type: "array", items: "entry" }]]);
const samples = record("samples", [["values", { type: "array", items: "double" }]]);
const blob = record("blob", [["data", "bytes"]]);

export function rows(values) {
  const fsid = BigInt.asIntN(64, values.fattr3.fsid); // Avro has no unsigned integers.
  return {
    pair: row(pair, values.pair),
    fattr3: row(fattr3, { ...values.fattr3, fsid }),
    directory: row(directory, values.directory),
    samples: row(samples, values.samples),
    blob: row(blob, values.blob),
  };
}

function row(type, value) {
  const message = inTurn(() => type.toBuffer(value));
  return { encode: () => type.toBuffer(value), decode: () => type.fromBuffer(message()) };
}
