// The options of a client of a service, besides those of every client.
import type { PoolOptions } from "../pool/options.js";
import type { Directory } from "./directory.js";

/** Options of clients of several servers; an option that does not apply to the target is a TypeError. */
export interface DirectoryOptions extends PoolOptions {
  /** Where the service of a `dir:` target is registered. Default: as the target says, else as `openDirectory` does. */
  readonly directory?: Directory | string | undefined;
}
