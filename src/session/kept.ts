// The wall between the session program and what keeps the sessions: the server's own process, or another one.
import type { IncomingCall } from "../rpc/call.js";
import type { Server } from "../server/server.js";
import type { SessionOptions } from "./options.js";
import type { session_call, session_created, session_reply, session_wish } from "./session.gen.js";
import type { Sessions } from "./session.js";

/** Answers the procedures of the session program. Each may reject if the server cannot answer. */
export interface KeptSessions<C = IncomingCall> extends Sessions {
  create(wish: session_wish, call: C): session_created | Promise<session_created>;
  call(args: session_call, call: C): session_reply | Promise<session_reply>;
  end(id: Uint8Array, call: C): session_reply["status"] | Promise<session_reply["status"]>;
}

/** A server whose sessions another process keeps, such as a worker of several. */
export interface SessionsElsewhere {
  /** @throws TypeError for an option that cannot be kept elsewhere. */
  keepSessions(server: Server, options: SessionOptions): KeptSessions;
}

/** The sessions of a server, if another process keeps them. */
export function keptElsewhere(server: Server, options: SessionOptions): KeptSessions | undefined {
  return (server as Partial<SessionsElsewhere>).keepSessions?.(server, options);
}
