// The one module that generated code imports, as "lupine/codegen/v1". What is here never changes meaning: a generator
// that needs something else gets a v2 beside it. Only re-exports; it belongs to the rooms xdr and rpc.
export type { Call, CallOptions } from "../rpc/call.js";
export type { Procedure, Program, ProgramGroup } from "../rpc/program.js";
export type { Client, Implementation } from "../rpc/stubs.js";
export type { XdrReader } from "../xdr/reader.js";
export type { Shape } from "../xdr/shape.js";
export type { XdrType } from "../xdr/type.js";
export type { XdrWriter } from "../xdr/writer.js";
