// Creates the channel for a client's `dir:` target: a pool whose endpoints come from a directory.
import type { Locator } from "../client/locator.js";
import { parseServiceTarget, type ServiceTarget } from "../client/service-target.js";
import type { Endpoint, Endpoints } from "../pool/endpoints.js";
import { type PoolClientOptions, poolOver } from "../pool/make.js";
import type { PoolChannel } from "../pool/pool-channel.js";
import type { Program } from "../rpc/program.js";
import type { Directory } from "./directory.js";
import { noServer } from "./no-server.js";
import { type Borrowed, lent, SharedDirectories } from "./shared-directories.js";

/** The connections to directories that all clients of a process share. Empty while there are no clients. */
const shared = new SharedDirectories();

/** Expects a target and options that createClient has checked. */
export function makeServiceChannel(
  locate: Locator | undefined,
  program: Program,
  target: string,
  options: PoolClientOptions & { readonly directory?: Directory | string | undefined },
): PoolChannel {
  return poolOver(locate, program, directoryEndpoints(parseServiceTarget(target), options.directory), options);
}

/** The servers of a service, for every kind of client. The caller's own directory stays open. */
export function directoryEndpoints(
  { path, url }: ServiceTarget,
  directory: Directory | string | undefined = url,
): Endpoints {
  const borrow = async (): Promise<Borrowed> =>
    typeof directory === "object" ? lent(directory) : shared.borrow(directory);
  return serviceEndpoints(path, borrow);
}

/** The servers that are registered under a path. */
export function serviceEndpoints(path: string, borrow: () => Promise<Borrowed>): Endpoints {
  let borrowed: Borrowed | undefined;
  return {
    name: `dir:${path}`,
    async watch(on: (endpoints: readonly Endpoint[]) => void, signal: AbortSignal) {
      const own = await borrow();
      borrowed = own;
      try {
        const watch = await own.directory.engine.watch(path, on, { signal, background: true });
        return async () => {
          await watch.close().catch(() => undefined);
          await own.release();
        };
      } catch (error) {
        await own.release().catch(() => undefined);
        throw error;
      }
    },
    async explain(program: Program, endpoints: readonly Endpoint[]): Promise<Error> {
      const { directory } = borrowed as Borrowed;
      return noServer(directory, path, program, endpoints);
    },
  };
}
