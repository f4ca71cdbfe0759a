// A DCE interface as a Program, so that channels, interceptors and pools, which ONC RPC has too, carry its calls.
import type { Procedure, Program } from "../rpc/program.js";
import { XdrError } from "../xdr/errors.js";
import type { XdrType } from "../xdr/type.js";
import type { DceInterface, DceOperation } from "./interface.js";
import { isVisible } from "./stub-data.js";

/** An interface of DCE as a Program: it has the properties of both. */
export interface DceProgram extends Program, DceInterface {}

/** An operation of DCE as a Procedure. Its values are NDR: `args` and `result` neither encode nor decode. */
export interface DceProcedure extends Procedure {
  /** The operation, as the interface describes it. */
  readonly operation: DceOperation;
}

const programs = new WeakMap<DceInterface, DceProgram>();

/** The same object at each call. */
export function programOf(dce: DceInterface): DceProgram {
  let program = programs.get(dce);
  if (program === undefined) {
    const procedures = Object.entries(dce.operations).map(([method, one]) => [method, procedureOf(one)] as const);
    program = {
      ...dce,
      number: numberOf(dce),
      versionName: `${dce.name}_v${dce.version}`,
      procedures: Object.fromEntries(procedures),
    };
    programs.set(dce, program);
  }
  return program;
}

/** Directories and pools know programs by numbers: that of an interface is the first group of its UUID. */
export function numberOf({ uuid }: Pick<DceInterface, "uuid">): number {
  return Number.parseInt(uuid.slice(0, 8), 16);
}

function procedureOf(operation: DceOperation): DceProcedure {
  const { name, number, params, semantics = "at-most-once" } = operation;
  const args = params.filter((one) => one.in === true && isVisible(one));
  return {
    name,
    number,
    args: elsewhere({ kind: "tuple", elements: args.map((one) => ({ name: one.name, type: anything })) }),
    result: elsewhere(anything),
    semantics,
    oneWay: semantics === "maybe",
    operation,
  };
}

const anything = { kind: "void" } as const;

function elsewhere(shape: XdrType<never>["shape"]): XdrType<never, never> {
  const refuse = (): never => {
    throw new XdrError("XDR_WRONG_TYPE", "the values of DCE RPC are NDR, not XDR");
  };
  return { shape, encode: refuse, decode: refuse };
}
