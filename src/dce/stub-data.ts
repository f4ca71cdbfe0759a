// The arguments and results of an operation as stub data, for both ends.
import type { DceOperation, DceParameter } from "./interface.js";
import type { ContextHandles } from "./ndr/context-handle.js";
import { NdrDecoder } from "./ndr/decoder.js";
import { NdrEncoder } from "./ndr/encoder.js";
import type { Memory } from "./ndr/memory.js";
import { scopeOf } from "./ndr/scope.js";
import type { NdrField } from "./ndr/types.js";

/** How one end encodes and decodes. */
export interface StubOptions {
  readonly little: boolean;
  /** The most bytes. */
  readonly limit: number;
  readonly handles: ContextHandles;
  /** The memory that decoded values may take. Default: 64 MiB. */
  readonly memory?: Memory;
}

/** The option that sets the limit. */
export const limitName = "options.maxStub";

type Values = Readonly<Record<string, unknown>>;

export function isVisible({ countOf, tagOf }: NdrField): boolean {
  return countOf === undefined && tagOf === undefined;
}

function inputs({ params }: DceOperation): readonly DceParameter[] {
  return params.filter((one) => one.in);
}

function outputs({ params, result }: DceOperation): readonly NdrField[] {
  const outs: NdrField[] = params.filter((one) => one.out);
  return result === undefined ? outs : [...outs, result];
}

/** How many arguments a method takes. */
export function argumentCount(operation: DceOperation): number {
  return inputs(operation).filter(isVisible).length;
}

/** Arguments by the names of their parameters. */
export function namedArguments(operation: DceOperation, args: readonly unknown[]): Values {
  const visible = inputs(operation).filter(isVisible);
  return Object.fromEntries(visible.map(({ name }, i) => [name, args[i]]));
}

/** @throws NdrError */
export function encodeArguments(operation: DceOperation, args: Values, options: StubOptions): Uint8Array {
  const encoder = new NdrEncoder({ ...options, limitName });
  encoder.fields(inputs(operation), args);
  return encoder.finish();
}

/** Returns the arguments in order. @throws NdrError */
export function decodeArguments(operation: DceOperation, stub: Uint8Array, options: StubOptions): unknown[] {
  const decoder = new NdrDecoder(stub, options);
  const values = decoder.fields(inputs(operation));
  decoder.finish();
  return inputs(operation)
    .filter(isVisible)
    .map(({ name }) => values[name]);
}

/** `value` is the result as a handler returns it. @throws NdrError */
export function encodeResult(operation: DceOperation, args: Values, value: unknown, options: StubOptions): Uint8Array {
  const encoder = new NdrEncoder({ ...options, limitName });
  const fields = outputs(operation);
  encoder.fields(fields, namedResult(operation, value), scopeOf(inputs(operation), args));
  return encoder.finish();
}

/** @throws NdrError */
export function decodeResult(operation: DceOperation, args: Values, stub: Uint8Array, options: StubOptions): unknown {
  const decoder = new NdrDecoder(stub, options);
  const values = decoder.fields(outputs(operation), scopeOf(inputs(operation), args));
  decoder.finish();
  const { result } = operation;
  if (operation.params.some((one) => one.out)) return values;
  return result === undefined ? undefined : values[result.name];
}

/** Without [out] parameters, the stub data has only the result. */
function namedResult(operation: DceOperation, value: unknown): Values {
  if (operation.params.some((one) => one.out)) return (value ?? {}) as Values;
  return operation.result === undefined ? {} : { [operation.result.name]: value };
}
