// The one module that generated code imports, as "lupine/codegen/v1". Its exports never change their meaning: a generator
// that needs something else gets a v2 beside it. Only re-exports; it belongs to the rooms xdr and rpc.
export type { Call, CallOptions, IncomingCall, StreamOptions, VoidCallOptions } from "../rpc/call.js";
export type { Procedure, Program, ProgramGroup, StreamProcedure } from "../rpc/program.js";
export type { Client, Implementation } from "../rpc/stubs.js";
export { argumentList, noArguments, oneArgument } from "../xdr/arguments.js";
export {
  chars,
  doubles,
  floats,
  hypers,
  ints,
  shorts,
  unsignedChars,
  unsignedHypers,
  unsignedInts,
  unsignedShorts,
} from "../xdr/bulk.js";
export { charLatin1, charText, unsignedCharLatin1, unsignedCharText } from "../xdr/char-text.js";
export { runtimeVersion3 } from "../xdr/contract.js";
export { restoring } from "../xdr/copy-restore.js";
export { graphType, loadNode, nodeNumber, nodeReference, nodeTables, readNode } from "../xdr/graph.js";
export {
  borrowedFixedOpaque,
  borrowedOpaque,
  byteString,
  fixedOpaque,
  latin1String,
  opaque,
  readLatin1,
  string,
  writeLatin1,
} from "../xdr/opaque.js";
export type { UnknownMember } from "../xdr/open-enum.js";
export * from "../xdr/primitives.js";
export { Quadruple } from "../xdr/quadruple.js";
export type { XdrReader } from "../xdr/reader.js";
export type { Shape } from "../xdr/shape.js";
export { readString, writeString } from "../xdr/string.js";
export {
  badDiscriminant,
  badEnum,
  checkArray,
  checkBool,
  checkChar,
  checkDouble,
  checkEntries,
  checkFixedArray,
  checkFixedOpaque,
  checkFloat,
  checkInt,
  checkObject,
  checkShort,
  checkUnsignedChar,
  checkUnsignedInt,
  checkUnsignedShort,
  getBool,
  getHyper,
  getHyperNumber,
  getUnsignedHyper,
  getUnsignedHyperNumber,
  missingArm,
  setHyper,
  setHyperNumber,
  setUnsignedHyper,
  setUnsignedHyperNumber,
} from "../xdr/support.js";
export type { Encodable, XdrType } from "../xdr/type.js";
export {
  bigInt64Array,
  bigUint64Array,
  charArray,
  float32Array,
  float64Array,
  int32Array,
  shortArray,
  uint32Array,
  unsignedCharArray,
  unsignedShortArray,
} from "../xdr/typed-arrays.js";
export type { XdrWriter } from "../xdr/writer.js";
