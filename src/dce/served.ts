// An interface with the functions that implement it, and the interceptors around them.
import type { Handler, Interceptor } from "../rpc/call.js";
import { intercept } from "../rpc/intercept.js";
import type { DceImplementation } from "./implementation.js";
import type { DceInterface, DceOperation, DceOperations } from "./interface.js";
import { type DceProcedure, programOf } from "./program.js";
import { enter, type ServedOperation, type ServerCall } from "./server-call.js";

/** An interface with its implementation. */
export interface Served {
  readonly program: DceInterface;
  /** By their numbers. */
  readonly operations: ReadonlyMap<number, ServedOperation>;
}

/** @throws TypeError if a function is missing. */
export function servedBy<O extends DceOperations>(
  dce: DceInterface<O>,
  functions: DceImplementation<O>,
  interceptors: readonly Interceptor[],
): Served {
  const program = programOf(dce);
  const operations = new Map<number, ServedOperation>();
  for (const [method, operation] of Object.entries<DceOperation>(dce.operations)) {
    const own = functions[method] as ((...args: unknown[]) => unknown) | undefined;
    if (typeof own !== "function") throw new TypeError(`${dce.name} has no function ${method}`);
    const call = (one: { readonly args: readonly unknown[] }): unknown => {
      enter(one);
      return own.call(functions, ...one.args, one);
    };
    const handler: Handler = async (one) => call(one);
    const chain = intercept(interceptors, handler);
    const run = interceptors.length === 0 ? call : (one: ServerCall): unknown => chain(one.asPlain());
    const procedure = program.procedures[method] as DceProcedure;
    operations.set(operation.number, { program, procedure, operation, run });
  }
  return { program: dce, operations };
}
