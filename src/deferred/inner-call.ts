// Runs the call that a ticket stands for. The handler sees the connection that submitted the ticket; the signal and the progress reports
// are those of the ticket.

import { isAbort } from "../base/abort.js";
import type { Call, Channel, IncomingCall, Progress } from "../rpc/call.js";
import { RpcDisconnected } from "../rpc/errors.js";
import { AcceptStat } from "../rpc/header.js";
import type { Procedure } from "../rpc/program.js";
import { refuse } from "../server/index.js";
import type { Server } from "../server/server.js";
import { plainReply, silent } from "../session/message.js";
import type { Address } from "../transport/address.js";
import type { ServerTicket } from "./ticket.js";

type Served = Parameters<NonNullable<Parameters<Server["answerWithin"]>[0]["codecs"]>["served"]>[0];

export interface InnerCallHooks {
  /** Called before the handler. The call is refused if it rejects. */
  beforeRun(ticket: ServerTicket, procedure: Procedure): Promise<void>;
  progress(ticket: ServerTicket, progress: Progress): void;
}

/** Resolves with the REPLY message. Rejects if the server cannot answer. */
export async function runTicket(
  server: Server,
  ticket: ServerTicket,
  message: Uint8Array,
  hooks: InnerCallHooks,
): Promise<Uint8Array> {
  let isOneWay = false;
  const served = (found: Served): Served => {
    isOneWay = found.procedure.oneWay === true;
    // The handler's own function, between what is done before it and its view of the call.
    async function method(this: unknown, ...given: unknown[]): Promise<unknown> {
      const call = given.pop() as Call;
      await hooks.beforeRun(ticket, found.procedure);
      try {
        return await found.method.call(this, ...given, deferredCall(call, ticket, hooks));
      } catch (error) {
        // A handler that ends because it was cancelled has not failed.
        throw ticket.isOver && isAbort(error, ticket.signal) ? refuse("RPC_SYSTEM_ERR") : error;
      }
    }
    return { ...found, method };
  };
  const outer = ticket.outer ?? outerOf(ticket.caller);
  const reply = await server.answerWithin({ outer, message, codecs: { served }, isSent: true });
  if (reply !== undefined) return reply;
  return isOneWay
    ? plainReply(new DataView(message.buffer, message.byteOffset).getUint32(0), AcceptStat.SUCCESS)
    : silent(message);
}

/** The call as its handler sees it. */
function deferredCall(call: Call, ticket: ServerTicket, hooks: InnerCallHooks): Call {
  const { program, procedure, args, remote, options, values, identity, peer, transaction } = call;
  return {
    program,
    procedure,
    args,
    remote,
    options,
    values,
    ...(identity && { identity }),
    ...(peer && { peer }),
    transaction,
    get signal() {
      return ticket.signal;
    },
    progress: (done, total = 0, note = "") => hooks.progress(ticket, { done, total, note }),
  };
}

/** The submission that an earlier process received; its connection is closed. */
function outerOf(remote: Address): IncomingCall {
  const call = async (): Promise<never> => {
    throw new RpcDisconnected("the server was restarted after this call was accepted, and its connection is closed", {
      mayHaveRun: false,
    });
  };
  const peer: Channel = { remote, call, close: async () => undefined, destroy: () => undefined };
  return { remote, peer } as IncomingCall;
}
