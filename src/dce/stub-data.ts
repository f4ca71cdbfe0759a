// The arguments and results of an operation as stub data, for both ends.
import type { DceOperation, DceParameter } from "./interface.js";
import type { ContextHandles } from "./ndr/context-handle.js";
import { NdrDecoder } from "./ndr/decoder.js";
import { NdrEncoder } from "./ndr/encoder.js";
import type { Memory } from "./ndr/memory.js";
import { type Scope, scopeOf } from "./ndr/scope.js";
import type { Scratch } from "./ndr/scratch.js";
import type { NdrField } from "./ndr/types.js";

/** How one end encodes and decodes. */
export interface StubOptions {
  readonly little: boolean;
  /** The most bytes. */
  readonly limit: number;
  /** The option that sets the limit, for messages. */
  readonly limitName?: string;
  /** Memory for encoding. Default: each value gets its own. */
  readonly scratch?: Scratch;
  readonly handles: ContextHandles;
  /** The memory that decoded values may take. Default: 64 MiB. */
  readonly memory?: Memory;
  /** True: U+FFFD takes the place of malformed text. Default: it is refused. */
  readonly anyText?: boolean;
}

/** The option that sets the limit of clients and servers. */
export const limitName = "options.maxStub";

type Values = Readonly<Record<string, unknown>>;

export function isVisible({ countOf, tagOf }: NdrField): boolean {
  return countOf === undefined && tagOf === undefined;
}

/** The parts of an operation in each direction, found once. */
interface Plan {
  readonly inputs: readonly DceParameter[];
  readonly outputs: readonly NdrField[];
  /** The names of the parameters that a method takes. */
  readonly names: readonly string[];
  /** Without [out] parameters, the stub data has only the result. */
  readonly hasOut: boolean;
}

const plans = new WeakMap<DceOperation, Plan>();

function planOf(operation: DceOperation): Plan {
  let plan = plans.get(operation);
  if (plan === undefined) {
    const { params, result } = operation;
    const inputs = params.filter((one) => one.in);
    const outs: NdrField[] = params.filter((one) => one.out);
    plan = {
      inputs,
      outputs: result === undefined ? outs : [...outs, result],
      names: inputs.filter(isVisible).map(({ name }) => name),
      hasOut: outs.length > 0,
    };
    plans.set(operation, plan);
  }
  return plan;
}

/** How many arguments a method takes. */
export function argumentCount(operation: DceOperation): number {
  return planOf(operation).names.length;
}

/** Arguments by the names of their parameters. */
function named({ names }: Plan, args: readonly unknown[]): Values {
  const values: Record<string, unknown> = {};
  for (const [i, name] of names.entries()) values[name] = args[i];
  return values;
}

/** The numbers in arguments, for expressions of results. */
function argumentScope(plan: Plan, args: readonly unknown[]): Scope {
  let scope: Scope | undefined;
  return (name) => {
    scope ??= scopeOf(plan.inputs, named(plan, args));
    return scope(name);
  };
}

/** @throws NdrError */
export function encodeArguments(operation: DceOperation, args: readonly unknown[], options: StubOptions): Uint8Array {
  const plan = planOf(operation);
  const encoder = new NdrEncoder(options);
  encoder.fields(plan.inputs, named(plan, args));
  return encoder.finish();
}

/** Returns the arguments in order. @throws NdrError */
export function decodeArguments(operation: DceOperation, stub: Uint8Array, options: StubOptions): unknown[] {
  const { inputs, names } = planOf(operation);
  const decoder = new NdrDecoder(stub, options);
  const values = decoder.fields(inputs);
  decoder.finish();
  return names.map((name) => values[name]);
}

/** `value` is the result as a handler returns it. @throws NdrError */
export function encodeResult(
  operation: DceOperation,
  args: readonly unknown[],
  value: unknown,
  options: StubOptions,
): Uint8Array {
  const plan = planOf(operation);
  const encoder = new NdrEncoder(options);
  encoder.fields(plan.outputs, namedResult(plan, operation, value), argumentScope(plan, args));
  return encoder.finish();
}

/** @throws NdrError */
export function decodeResult(
  operation: DceOperation,
  args: readonly unknown[],
  stub: Uint8Array,
  options: StubOptions,
): unknown {
  const plan = planOf(operation);
  const decoder = new NdrDecoder(stub, options);
  const values = decoder.fields(plan.outputs, argumentScope(plan, args));
  decoder.finish();
  if (plan.hasOut) return values;
  const { result } = operation;
  return result === undefined ? undefined : values[result.name];
}

function namedResult({ hasOut }: Plan, { result }: DceOperation, value: unknown): Values {
  if (hasOut) return (value ?? {}) as Values;
  return result === undefined ? {} : { [result.name]: value };
}
