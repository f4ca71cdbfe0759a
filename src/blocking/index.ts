// "lupine/blocking": calls that block the thread and return their results.
export { createBlockingClient } from "./client.js";
export type {
  BlockingClient,
  BlockingClientOptions,
  BlockingInterceptor,
  ClosableBlockingClient,
} from "./options.js";
export type { WireOptions } from "./wire.js";
