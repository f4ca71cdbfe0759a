// A wait that can be ended before its time.

export class Pause {
  #end: (() => void) | undefined;

  /** Resolves after so many milliseconds (false), or when it is ended (true). One at a time. `background`: lets the process end. */
  wait(milliseconds: number, background = false): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => finish(false), milliseconds);
      if (background) timer.unref();
      const finish = (ended: boolean): void => {
        clearTimeout(timer);
        this.#end = undefined;
        resolve(ended);
      };
      this.#end = () => finish(true);
    });
  }

  end(): void {
    this.#end?.();
  }
}
