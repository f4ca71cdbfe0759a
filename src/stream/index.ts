// "lupine/stream": procedures with many results, one after the other, as async iterables.
export { createStreamClient, type StreamClient, type StreamClientOptions, type StreamOptions } from "./client.js";
export { type StreamImplementation, type StreamServerOptions, serveStreams } from "./serve.js";
