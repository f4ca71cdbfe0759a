// The codec benchmark's rows in @stellar/js-xdr. Its strings are bytes: it is spared the work on text. It copies opaques.
import {
  array,
  double,
  enumType,
  int32,
  string,
  struct,
  UNBOUNDED_MAX_LENGTH,
  uint32,
  uint64,
  varOpaque,
} from "@stellar/js-xdr";
import { inTurn } from "../codec/values.mjs";

const pair = struct("pair", { a: int32(), b: int32() });
const time = struct("nfstime3", { seconds: uint32(), nseconds: uint32() });
const fattr3 = struct("fattr3", {
  type: enumType("ftype3", { NF3REG: 1, NF3DIR: 2, NF3BLK: 3, NF3CHR: 4, NF3LNK: 5, NF3SOCK: 6, NF3FIFO: 7 }),
  mode: uint32(),
  nlink: uint32(),
  uid: uint32(),
  gid: uint32(),
  size: uint64(),
  used: uint64(),
  rdev: struct("specdata3", { specdata1: uint32(), specdata2: uint32() }),
  fsid: uint64(),
  fileid: uint64(),
  atime: time,
  mtime: time,
  ctime: time,
});
// An array, not a linked list: a list would nest 1,000 levels here.
const entry = struct("entry", { fileid: uint32(), name: string(255), cookie: uint64() });
const directory = struct("directory", { entries: array(entry, UNBOUNDED_MAX_LENGTH) });
const samples = struct("samples", { values: array(double(), UNBOUNDED_MAX_LENGTH) });
const blob = struct("blob", { data: varOpaque(UNBOUNDED_MAX_LENGTH) });

export function rows(values) {
  const entries = values.directory.entries.map((one) => ({ ...one, name: Buffer.from(one.name) }));
  return {
    pair: row(pair, values.pair),
    fattr3: row(fattr3, values.fattr3),
    directory: row(directory, { entries }),
    samples: row(samples, values.samples),
    blob: row(blob, values.blob),
  };
}

function row(type, value) {
  const message = inTurn(() => type.encode(value));
  return { encode: () => type.encode(value), decode: () => type.decode(message()) };
}
