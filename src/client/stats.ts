// The counts of a client, over all of its connections. Loaded only if they are asked for.
import { Peer } from "../peer/peer.js";
import type { PeerStats } from "../peer/stats.js";
import type { Channel } from "../rpc/call.js";
import { channelOf } from "./handle.js";
import { ReconnectingChannel } from "./reconnecting-channel.js";

/** Counts of one client, or of clients that share a channel, since it was made. */
export interface ClientStats {
  /** Connections that were made. */
  readonly connections: number;
  /** Connections after the first one. */
  readonly reconnects: number;
  /** Calls sent, without retransmissions. A call in a session counts once for each copy that was sent. */
  readonly calls: number;
  /** Calls that were sent again over UDP, by transmissions under one transaction id. */
  readonly retransmissions: number;
  /** Replies that a call was waiting for. */
  readonly replies: number;
  /** Replies that no call was waiting for: late, repeated or forged. They are dropped. */
  readonly lateReplies: number;
  /** Messages that are neither a call nor a reply. They are dropped. */
  readonly malformedMessages: number;
  /** Calls "exactly-once": sessions that were made, copies after the first, and calls that ended in doubt or refused. */
  readonly sessions: SessionCounts;
}

/** Counts of calls that run exactly once. */
export interface SessionCounts {
  /** Sessions that were made. */
  readonly made: number;
  /** Copies of calls that were sent after the first one. */
  readonly copies: number;
  /** Calls that failed with RPC_IN_DOUBT. */
  readonly inDoubt: number;
  /** Calls that failed with RPC_SESSION_REFUSED: a limit of the server, or its log. */
  readonly refused: number;
}

/**
 * Returns the counts of a client, or of the channel that clients share. Counting does not slow calls down; reading takes one addition for each
 * connection.
 * @throws TypeError if the argument is not a client, or is a client of several servers (a list, a service, `balance`).
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 * await using client = createClient(ADD_VERS, address);
 * await client.add({ a: 1, b: 2 });
 * const { calls, replies, reconnects } = statsOf(client);
 * console.log(calls, replies, reconnects); // 1 1 0
 */
export function statsOf(client: object): ClientStats {
  const channel = isChannel(client) ? client : channelOf(client);
  if (channel instanceof Peer) return summed([{ ...channel.stats, connections: 1 }]);
  if (!(channel instanceof ReconnectingChannel)) {
    throw new TypeError("statsOf takes a client of one address: a client of several servers has no counts of its own");
  }
  const open = channel.open.flatMap((one) => (one?.stats === undefined ? [] : [{ ...one.stats, connections: 1 }]));
  return summed([...channel.past, ...open]);
}

function isChannel(value: object): value is Channel {
  return value instanceof Peer || value instanceof ReconnectingChannel;
}

/** The names under which session/channel.ts counts. */
export type SessionCount = "sessionsMade" | "sessionCopies" | "sessionInDoubt" | "sessionRefused";

type Counts = Partial<PeerStats> & Partial<Record<string, number>>;

function summed(counts: readonly Counts[]): ClientStats {
  const sum = (name: keyof PeerStats | SessionCount | "connections"): number =>
    counts.reduce((total, one) => total + (one[name] ?? 0), 0);
  const connections = sum("connections");
  return {
    connections,
    reconnects: Math.max(0, connections - 1),
    calls: sum("calls"),
    retransmissions: sum("retransmissions"),
    replies: sum("replies"),
    lateReplies: sum("unmatchedReplies"),
    malformedMessages: sum("malformedMessages"),
    sessions: {
      made: sum("sessionsMade"),
      copies: sum("sessionCopies"),
      inDoubt: sum("sessionInDoubt"),
      refused: sum("sessionRefused"),
    },
  };
}
