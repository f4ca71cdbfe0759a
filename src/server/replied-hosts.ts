// The hosts whose calls a reply cache in memory knows, and the one that loses a reply when there is no room.

/** The replies to one host, in the order in which their calls ended: the rows of the first and the last, 0 for none. */
export class HostReplies {
  first = 0;
  last = 0;
  bytes = 0;
  /** The number of the host's callers that have rows. */
  callers = 0;
}

/** A host holds much if it has more than the bytes of all divided by this. */
const muchShare = 64;

export class RepliedHosts {
  /** The host that got a reply last is at the end. */
  readonly #hosts = new Map<string, HostReplies>();
  /** The replies to the host with the most bytes, as far as known: no host that got a reply since has more. */
  #fullest = new HostReplies();
  /** The replies to the host that got one last. */
  #latest: HostReplies | undefined;

  get size(): number {
    return this.#hosts.size;
  }

  of(host: string): HostReplies {
    const known = this.#hosts.get(host);
    if (known !== undefined) return known;
    const replies = new HostReplies();
    this.#hosts.set(host, replies);
    return replies;
  }

  delete(host: string): void {
    this.#hosts.delete(host);
  }

  /** The host has got one more reply. */
  replied(host: string, replies: HostReplies): void {
    if (replies.bytes >= this.#fullest.bytes) this.#fullest = replies;
    if (replies !== this.#latest) this.#putLast(host, replies);
  }

  /**
   * The host that holds most loses its oldest reply, so that others need not make room for it. If none holds much, the host that
   * has got no reply for longest does: forged addresses, each with a reply, must not drive out new replies to others.
   * `bytes`: of all hosts, which have a reply at least.
   */
  toShorten(bytes: number): HostReplies {
    if (this.#fullest.first === 0) {
      for (const replies of this.#hosts.values()) if (replies.bytes > this.#fullest.bytes) this.#fullest = replies;
    }
    const holdsMuch = this.#fullest.bytes * muchShare > bytes;
    return (holdsMuch ? undefined : this.first()) ?? this.#fullest;
  }

  /**
   * The host that has got no reply for longest. Hosts without a reply, whose calls all still run, are passed over and moved to the end. At
   * least one host must have a reply: otherwise this does not end.
   */
  first(): HostReplies | undefined {
    for (const [host, replies] of this.#hosts) {
      if (replies.first !== 0) return replies;
      this.#putLast(host, replies);
    }
    return undefined;
  }

  #putLast(host: string, replies: HostReplies): void {
    this.#hosts.delete(host);
    this.#hosts.set(host, replies);
    this.#latest = replies;
  }
}
