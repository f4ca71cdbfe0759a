// One call of a method that returns a stream: its arguments and options, checked.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { StreamOptions } from "../rpc/call.js";
import type { Procedure, Program } from "../rpc/program.js";
import type { StreamRequest } from "./items.js";

const streamOptions: OptionTable<StreamOptions> = { signal: "signal", auth: "credential", window: "size" };

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
