// createClient for services of a directory, for programs that are bundled: all that it needs is imported here.
import { rpcbindLocator } from "../binding/locate.js";
import type { ClientOptions, ClosableClient } from "../client/index.js";
import type { Procedures, Program } from "../rpc/program.js";
import * as maker from "./balance/make.js";
import type { DirectoryOptions } from "./balance/options.js";
import { createDirectoryClient } from "./door.js";

/**
 * Makes a client of a service, like `createClient` with a `dir:` target. Use it in a bundled program: the bundler then
 * includes everything that the client needs.
 * @throws TransportError TRANSPORT_BAD_ADDRESS if the target is not a `dir:` target. DirectoryError and TypeError as
 * `createClient`.
 */
export function createServiceClient<P extends Procedures>(
  program: Program<P>,
  target: string,
  options: ClientOptions & DirectoryOptions<NoInfer<P>> = {},
): ClosableClient<P> {
  return createDirectoryClient({ locate: rpcbindLocator() }, program, target, options, async () => maker);
}
