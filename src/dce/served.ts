// An interface with the functions that implement it, and the interceptors around them.
import { AuthFlavor, type Identity } from "../rpc/auth.js";
import type { Handler, Interceptor } from "../rpc/call.js";
import { intercept } from "../rpc/intercept.js";
import type { Procedure } from "../rpc/program.js";
import type { Contexts } from "./contexts.js";
import type { DceImplementation, DceIncomingCall } from "./implementation.js";
import type { DceInterface, DceOperation, DceOperations } from "./interface.js";
import { programOf } from "./program.js";
import { argumentCount } from "./stub-data.js";

/** An interface with its implementation. */
export interface Served {
  readonly program: DceInterface;
  /** By their numbers. */
  readonly operations: ReadonlyMap<number, ServedOperation>;
}

export interface ServedOperation {
  readonly operation: DceOperation;
  run(args: readonly unknown[], from: CallSource): Promise<unknown>;
}

/** The facts that a call takes from its association. */
export interface CallSource extends Pick<DceIncomingCall, "local" | "remote" | "signal"> {
  readonly contexts: Contexts;
  readonly identity?: Identity | undefined;
  /** Set when the operation's own function is called. */
  entered: boolean;
}

const nobody: Identity = Object.freeze({ flavor: AuthFlavor.NONE });
const noOptions = Object.freeze({});

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
    const procedure = program.procedures[method] as Procedure;
    const count = argumentCount(operation);
    const handler: Handler = async (call) => {
      (call as Sourced)[source].entered = true;
      return own.call(functions, ...call.args, call);
    };
    const chain = intercept(interceptors, handler);
    operations.set(operation.number, {
      operation,
      run: (args, from) =>
        chain({ ...callOf(from), program, procedure, operation, args: args.slice(0, count) } as Sourced),
    });
  }
  return { program: dce, operations };
}

/** Interceptors may pass a copy of the call on: it has this property, too. */
const source = Symbol("source");
type Sourced = DceIncomingCall & { readonly [source]: CallSource };

function callOf(from: CallSource) {
  const { contexts, local, remote, signal, identity = nobody } = from;
  return {
    [source]: from,
    ...{ local, remote, signal, identity },
    options: noOptions,
    values: new Map(),
    openContext: contexts.open.bind(contexts),
    contextState: contexts.stateOf.bind(contexts),
    closeContext: contexts.close.bind(contexts),
  };
}
