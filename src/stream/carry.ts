// Lets a server answer the calls that carry streams.
import type { Server } from "../server/server.js";
import type { OpenStreams } from "./open-streams.js";
import { STREAM_PROG, STREAM_VERS } from "./stream.gen.js";

/** Options of `serveStreams`. Those of the first call for a server apply to all of its programs. */
export interface StreamServerOptions {
  /** The most streams of one connection that are open at once. Default 256. Further streams are refused. */
  readonly streamsPerConnection?: number;
  /** The most streams of the server that are open at once. Default 4,096. Further streams are refused. */
  readonly streams?: number;
}

/** Implements stream.x, unless the server has it already. Its code is loaded with the first stream. */
export function carryStreams(server: Server, options: StreamServerOptions = {}): void {
  if (server.programs.some(({ number }) => number === STREAM_PROG.number)) return;
  let loading: Promise<OpenStreams> | undefined;
  const streams = (): Promise<OpenStreams> => {
    loading ??= import("./open-streams.js").then(
      (module) => new module.OpenStreams(server, { streamsPerConnection: 256, streams: 4_096, ...options }),
      (error) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  };
  server.implement(STREAM_VERS, {
    open: async (args, call) => (await streams()).open(args, call),
    next: async (args, call) => (await streams()).next(args, call),
    end: async (id, call) => (await streams()).end(id, call),
  });
}
