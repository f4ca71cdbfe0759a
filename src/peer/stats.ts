// The counts of a connection.

/** Counts of one connection since it was opened. */
export interface PeerStats {
  /** Calls sent, without retransmissions. */
  calls: number;
  /** Calls that were sent again. */
  retransmissions: number;
  /** Replies that a call was waiting for. */
  replies: number;
  /** Replies that no call was waiting for: late, repeated or forged. They are dropped. */
  unmatchedReplies: number;
  /** Messages that are neither a call nor a reply. They are dropped. */
  malformedMessages: number;
}
