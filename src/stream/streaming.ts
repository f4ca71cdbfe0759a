// The part of descriptors of procedures marked `@stream`. The rest of this room is loaded with the first stream.
import { streamsKey } from "../client/handle.js";
import type { Streaming } from "../rpc/program.js";
import type { Server } from "../server/server.js";
import { carryStreams } from "./carry.js";
import { LateItems } from "./late-items.js";
import type { StreamingClient } from "./over-channel.js";
import { requestOf } from "./request.js";
import { type Returning, returning } from "./returning.js";

/**
 * Implements procedures marked `@stream`: generated code puts it into their descriptors. Clients fetch results as fast as they are read, and servers
 * produce them in async generators.
 */
export const streaming: Streaming = {
  method(program, procedure, over) {
    const { client, options } = over as Omit<StreamingClient, "closing"> & {
      client: { [streamsKey]?: AbortController };
    };
    client[streamsKey] ??= new AbortController();
    const closing = client[streamsKey].signal;
    return (...given) => {
      const request = requestOf(program, procedure, given);
      return new LateItems(async () =>
        (await import("./over-channel.js")).itemsOver({ client, options, closing }, request),
      );
    };
  },
  serve: (server) => carryStreams(server as Server),
  first: (run, implementation) => returning(run as Returning, implementation),
};
