// "lupine/xdr": XDR (RFC 4506): codecs for every type, JSON, and explaining bytes. Independent of RPC.
export { type Argument, type ArgumentsOf, argumentList, noArguments, oneArgument } from "./arguments.js";
export { type DecodeOptions, decode, type EncodeOptions, encode, encodeInto } from "./codec.js";
export * from "./composite.js";
export { XdrReader, XdrWriter } from "./cursors.js";
export { type PathStep, XdrError, type XdrErrorCode } from "./errors.js";
export {
  type ExplainedPart,
  type ExplainOptions,
  type Explanation,
  explain,
  type PartRole,
} from "./explain.js";
export { type FormatOptions, formatExplanation } from "./explain-format.js";
export { fromShape } from "./interpret.js";
export { fromJson, type Shaped, toJson } from "./json.js";
export { defaultLimits, emptyElementWeight, type XdrLimits } from "./limits.js";
export { locateDecodeError, locateEncodeError } from "./locate.js";
export {
  borrowedFixedOpaque,
  borrowedOpaque,
  byteString,
  fixedOpaque,
  latin1String,
  opaque,
  string,
  unbounded,
} from "./opaque.js";
export { formatPath } from "./path.js";
export type { Json } from "./primitive-forms.js";
export * from "./primitives.js";
export { Quadruple } from "./quadruple.js";
export type { Forgiven, XdrReaderOptions } from "./reader.js";
export { isRecursive } from "./recursive.js";
export type * from "./shape.js";
export { leastSize, shapeText } from "./shape.js";
export { enumeration, type Field, struct, tuple, type UnionCase, type UnionParts, union } from "./structured.js";
export type { Encodable, XdrType } from "./type.js";
export { type NumericArray, type TypedBulk, typedArray } from "./typed-arrays.js";
export { type Splice, spliceThreshold, type XdrWriterOptions } from "./writer.js";
