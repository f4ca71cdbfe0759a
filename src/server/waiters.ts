// A call may arrive again while it runs. The second copy does not run: it waits for the outcome of the first.
interface Awaited {
  readonly promise: Promise<Uint8Array | undefined>;
  readonly resolve: (outcome: Uint8Array | undefined) => void;
}

/** The outcomes that copies of running calls wait for. `C` is the type that identifies a call. */
export class Waiters<C> {
  readonly #awaited = new Map<C, Awaited>();

  get isEmpty(): boolean {
    return this.#awaited.size === 0;
  }

  /** Resolves with the outcome of the call; undefined if it ends without one. */
  wait(call: C): Promise<Uint8Array | undefined> {
    const known = this.#awaited.get(call);
    if (known !== undefined) return known.promise;
    let resolve: Awaited["resolve"] = () => {};
    const promise = new Promise<Uint8Array | undefined>((settle) => {
      resolve = settle;
    });
    this.#awaited.set(call, { promise, resolve });
    return promise;
  }

  tell(call: C, outcome: Uint8Array | undefined): void {
    this.#awaited.get(call)?.resolve(outcome);
    this.#awaited.delete(call);
  }
}
