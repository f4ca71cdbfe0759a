// The promise of a call's outcome, without an executor of its own for each promise, which would be one object more.

/** A call whose outcome is awaited. */
export interface Awaited {
  /** Settles the promise of its outcome. */
  resolve: (outcome: unknown) => void;
}

/** Nobody waits for the outcome. */
export const nobody: Awaited["resolve"] = () => undefined;

/** The call whose promise is being made. */
let newest: Awaited;

function noteResolve(resolve: Awaited["resolve"]): void {
  newest.resolve = resolve;
}

/** The outcome of a call, whose `resolve` is set. */
export function outcomeOf(one: Awaited): Promise<unknown> {
  newest = one;
  return new Promise(noteResolve);
}
