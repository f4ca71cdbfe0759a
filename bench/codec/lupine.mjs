// Lupine's columns: through `encode` and `decode`, and in place on a writer and a reader that live on, as calls do it.
import { pathToFileURL } from "node:url";
import { readString, writeString } from "lupine/codegen/v1";
import { borrowedOpaque, decode, encode, fixedArray, string, struct, XdrReader, XdrWriter } from "lupine/xdr";
import { inTurn } from "./values.mjs";

/** Messages up to this many bytes are decoded where the last one was: in the buffer that a connection reads into. */
const readBuffer = 65_536;

export async function lupine(values, generatedFile) {
  const types = await import(pathToFileURL(generatedFile).href);
  const borrowing = struct("blob", { data: borrowedOpaque() });
  const whole = {};
  const inPlace = {};
  for (const [row, value] of Object.entries(values)) {
    whole[row] = throughCalls(types[row], value);
    inPlace[row] = onCursors(types[row], value, new XdrWriter());
  }
  // Only a writer that splices can encode without a copy.
  const { encode: splice } = onCursors(types.blob, values.blob, new XdrWriter({ splice: true }));
  whole.aliased = { decode: throughCalls(borrowing, values.blob).decode };
  inPlace.aliased = { encode: splice, decode: onCursors(borrowing, values.blob, new XdrWriter()).decode };
  const names = values.directory.entries.map(({ name }) => name);
  inPlace.strings = onCursors(stringsAlone(names.length), names, new XdrWriter());
  return { whole, inPlace };
}

/** This many strings, one after another. */
function stringsAlone(count) {
  return {
    shape: fixedArray(string(255), count).shape,
    encode(out, values) {
      for (let i = 0; i < count; i++) writeString(out, values[i], 255);
    },
    decode(from) {
      const values = [];
      for (let i = 0; i < count; i++) values.push(readString(from, 255));
      return values;
    },
  };
}

function throughCalls(type, value) {
  const message = inTurn(() => Buffer.from(encode(type, value)));
  return { encode: () => encode(type, value), decode: () => decode(type, message()) };
}

function onCursors(type, value, out) {
  const from = new XdrReader();
  const next = inTurn(() => Buffer.from(encode(type, value)));
  const first = next();
  const message = first.length > readBuffer ? next : () => first;
  return {
    encode() {
      out.reset();
      type.encode(out, value);
      return out.offset;
    },
    decode() {
      from.reset(message());
      const decoded = type.decode(from);
      from.finish();
      return decoded;
    },
  };
}
