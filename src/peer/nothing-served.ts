// Refuses the other end's calls on a connection that serves nothing, as long as the other end reads the refusals.
import { AcceptStat, writePlainReplyHeader } from "../rpc/header.js";
import { TransportError } from "../transport/errors.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { Dispatcher } from "./dispatcher.js";

/** The most refusals that may wait to be read before the connection is closed: about 100 kB. */
export const mostUnreadRefusals = 4096;

/** Answers every call with PROG_UNAVAIL. */
export const nothingServed: Dispatcher = {
  attach({ connection, channel }) {
    // Bytes that wait to be sent, including those of our own calls.
    let queued = 0;
    let unread = 0;
    const nothing = (): void => undefined;
    return {
      call(from) {
        unread = queued > 0 ? unread + 1 : 0;
        if (unread > mostUnreadRefusals) {
          const message = `the other end calls, though nothing is served here, and reads none of ${unread} answers`;
          channel.destroy(new TransportError("TRANSPORT_OUT_OF_MEMORY", message));
          return;
        }
        try {
          connection.send(writeNotServed, from.readWord());
        } catch {
          // The connection is closed, so the caller cannot be answered.
        }
      },
      queued(change) {
        queued += change;
      },
      drained: nothing,
      awaiting: nothing,
      finished: async () => undefined,
      closed: nothing,
    };
  },
};

function writeNotServed(out: XdrWriter, xid: number): void {
  writePlainReplyHeader(out, xid, AcceptStat.PROG_UNAVAIL);
}
