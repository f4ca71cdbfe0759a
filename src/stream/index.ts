// "lupine/stream": procedures that return many results as a stream, read as an async iterable.
export type { StreamOptions } from "../rpc/call.js";
export type { StreamServerOptions } from "./carry.js";
export { createStreamClient, type StreamClient, type StreamClientOptions } from "./client.js";
export { type StreamImplementation, serveStreams } from "./serve.js";
export { streaming } from "./streaming.js";
