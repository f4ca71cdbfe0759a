// Adds sessions to a server.

import { checkOptions } from "../base/check-options.js";
import type { Server } from "../server/server.js";
import { keptElsewhere } from "./kept.js";
import { defaultSessionLimits } from "./limits.js";
import { type SessionOptions, sessionOptions } from "./options.js";
import { SESSION_VERS } from "./session.gen.js";
import type { Sessions } from "./session.js";
import { OwnSessions } from "./sessions.js";

/**
 * Lets clients call all programs of the server with `semantics: "exactly-once"`. The interface files of these programs stay as they are:
 * the server gets one more program, whose calls carry theirs.
 * @returns the sessions, with their counts.
 * @throws TypeError for a wrong option, or if the server has sessions already.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const sessions = serveSessions(server);
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * await using client = createClient(ADD_VERS, address, { semantics: "exactly-once" });
 * console.log(await client.add({ a: 1, b: 2 }), sessions.stats.runs); // 3 1
 */
export function serveSessions(server: Server, options: SessionOptions = {}): Sessions {
  checkOptions(sessionOptions, options);
  const sessions = keptElsewhere(server, options) ?? keptHere(server, options);
  server.implement(SESSION_VERS, {
    create: (wish, call) => sessions.create(wish, call),
    call: (args, call) => sessions.call(args, call),
    end: (id, call) => sessions.end(id, call),
  });
  return sessions;
}

function keptHere(server: Server, { log, transactional, clock, ...given }: SessionOptions): OwnSessions {
  return new OwnSessions(server, { ...defaultSessionLimits, ...given }, clock, log, transactional);
}
