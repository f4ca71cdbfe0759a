// One call of a method that returns a stream: its arguments and options, checked.
import { checkOptions, type OptionTable, type RareKind } from "../base/check-options.js";
import type { StreamOptions } from "../rpc/call.js";
import type { Procedure, Program } from "../rpc/program.js";
import type { StreamRequest } from "./items.js";

const mostItems = 0xffff_ffff;

/** The window travels as an unsigned int. */
const window: RareKind = (value) =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) <= mostItems
    ? undefined
    : `a whole number, 1 to ${mostItems}`;

const streamOptions: OptionTable<StreamOptions> = { signal: "signal", auth: "credential", window };

/** @param given the arguments of the method. @throws TypeError for a wrong option. */
export function requestOf(program: Program, procedure: Procedure, given: readonly unknown[]): StreamRequest {
  const { shape } = procedure.args;
  const count = shape.kind === "tuple" ? shape.elements.length : shape.kind === "void" ? 0 : 1;
  const options = (given[count] ?? {}) as StreamOptions;
  checkOptions(streamOptions, options);
  return { program, procedure, args: given.slice(0, count), options };
}

/** The error of a stream from one of several servers. */
export function severalServers(name: string): TypeError {
  return new TypeError(`a stream comes from one server: give the address of one instead of ${name}`);
}
