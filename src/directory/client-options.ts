// The options of a client of a service, besides those of every client.
import type { PoolOptions } from "../pool/options.js";
import type { Directory } from "./directory.js";

/** Options of clients of several servers; an option that does not apply to the target is a TypeError. */
export interface DirectoryOptions extends PoolOptions {
  /** The directory of a `dir:` target. Default: the one in the target, else the default of `openDirectory`. */
  readonly directory?: Directory | string | undefined;
}
