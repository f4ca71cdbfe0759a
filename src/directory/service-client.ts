// createClient for services of a directory, for programs that are bundled: all that it needs is imported here.
import { rpcbindLocator } from "../binding/locate.js";
import type { ClientOptions, ClosableClient } from "../client/index.js";
import type { Procedures, Program } from "../rpc/program.js";
import * as maker from "./balance/make.js";
import type { DirectoryOptions } from "./balance/options.js";
import { createDirectoryClient } from "./door.js";

/**
 * Makes a client of a service: `dir:/services/time`, or `dir://host:port/services/time` with the directory server. It is
 * what `createClient` makes of such a target. A bundler sees what this one needs, and puts it into the bundle; what
 * `createClient` needs for it must lie in a folder of modules.
 * @throws TransportError TRANSPORT_BAD_ADDRESS when the target is no such thing; DirectoryError and TypeError as `createClient`.
 */
export function createServiceClient<P extends Procedures>(
  program: Program<P>,
  target: string,
  options: ClientOptions & DirectoryOptions<NoInfer<P>> = {},
): ClosableClient<P> {
  return createDirectoryClient({ locate: rpcbindLocator() }, program, target, options, async () => maker);
}
