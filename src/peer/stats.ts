// What is counted of a connection.

/** What happened on one connection so far. */
export interface PeerStats {
  /** Calls that were sent, repetitions not counted. */
  calls: number;
  /** Repetitions. */
  retransmissions: number;
  /** Replies that some call waited for. */
  replies: number;
  /** Replies that nobody waited for (any more): late, repeated or forged. Dropped. */
  unmatchedReplies: number;
  /** Messages that are neither a call nor a reply. Dropped. */
  malformedMessages: number;
}
