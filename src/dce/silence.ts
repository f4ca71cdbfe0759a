// Notices that a server, or the way to it, has stopped without a report: a machine without power, a NAT that has forgotten the
// connection, a process that is stopped.

/** The state of an association when a call was given to it. */
export interface Listening {
  /** Everything that had arrived. */
  readonly heard: number;
  /** The calls that had ended in silence. */
  readonly silences: number;
}

export class Silence {
  /** Calls that have timed out, one after the other, while nothing arrived. */
  count = 0;
  #since = -1;

  /**
   * A call has timed out. @returns whether it is the second one of two in succession in whose time nothing at all arrived: a single one
   * may have been slow. Calls that wait at the same time count once.
   */
  lasts(heard: number, call: Listening): boolean {
    if (call.heard !== heard || call.silences !== this.count) return false;
    const isFirst = this.#since !== heard;
    this.#since = heard;
    this.count++;
    return !isFirst;
  }
}
