// Assembles the parts of one binder.
import { Access, type AccessOptions } from "./access.js";
import { type RemoteCallLimits, RemoteCalls } from "./remote-calls.js";
import type { BinderState } from "./server.js";
import { Statistics } from "./statistics.js";
import { Survey } from "./survey.js";
import { RegistrationTable, type TableLimits } from "./table.js";

/** Options of a binder other than its addresses. */
export interface StateOptions extends AccessOptions {
  /** The most entries, and their sizes. Default `defaultTableLimits`. */
  readonly limits?: Partial<TableLimits>;
  /** True, or limits: forwards calls to programs of this machine (CALLIT, BCAST, INDIRECT). Default false. */
  readonly remoteCalls?: boolean | Partial<RemoteCallLimits>;
  /** True: removes the registrations of servers that have stopped (Linux only). Default true. */
  readonly removeGone?: boolean;
}

/** True: also starts the background work. */
export interface WholeState extends BinderState {
  readonly survey: Survey;
}

export function newBinderState(options: StateOptions = {}): WholeState {
  const { remoteCalls = false } = options;
  const table = new RegistrationTable(options.limits);
  const statistics = new Statistics();
  const access = new Access(options);
  const limits = typeof remoteCalls === "object" ? remoteCalls : undefined;
  const survey = new Survey(table, {
    enabled: options.removeGone ?? true,
    gone: (entry) => access.tell({ kind: "gone", entry }),
  });
  return {
    table,
    statistics,
    access,
    survey,
    remoteCalls: new RemoteCalls({ table, statistics, access, enabled: remoteCalls !== false, limits }),
    touched: () => survey.soon(),
    current: (entry) => survey.current(entry),
  };
}
