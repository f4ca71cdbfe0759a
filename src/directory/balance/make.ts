// Makes the channel of a client from its target and options.
import {
  type ClientOptions,
  type ClientWiring,
  defaultConnectTimeout,
  type ReconnectingChannel,
  reach,
} from "../../client/index.js";
import type { Procedure, Procedures, Program } from "../../rpc/program.js";
import { parseDirectoryTarget } from "../open.js";
import { DirectoryChannel } from "./directory-channel.js";
import { checkTimes, type DirectoryOptions } from "./options.js";
import { usableAddresses } from "./routes.js";
import { lent, SharedDirectories } from "./shared-directories.js";

/** The one thing that clients of a process have in common: connections to directories. Empty while there are no clients. */
const shared = new SharedDirectories();

/** Quarantine decides when a server is tried again. */
const atOnce = { first: 0, factor: 1, most: 0, jitter: 0 };

/** Expects validated options. @throws DirectoryError if the URL is malformed, TypeError for invalid times. */
export function makeDirectoryChannel<P extends Procedures>(
  { locate }: ClientWiring,
  program: Program<P>,
  target: string,
  options: ClientOptions & DirectoryOptions<P>,
): DirectoryChannel {
  checkTimes(options.times);
  const { path, url } = parseDirectoryTarget(target);
  const { directory = url, callbacks, timeout, connectTimeout = defaultConnectTimeout, transport } = options;
  const routeOptions = { ...options, netid: undefined, backoff: atOnce, waitForServer: false };
  const wiring = { locate, program, dispatcher: callbacks?.dispatcher };
  return new DirectoryChannel({
    path,
    program,
    borrow: async () => (typeof directory === "object" ? lent(directory) : shared.borrow(directory)),
    open: ({ addresses }) =>
      usableAddresses(addresses, transport).map(
        (address) => reach(address, routeOptions, wiring).channel as ReconnectingChannel,
      ),
    balance: options.balance,
    isIdempotent: idempotence(program, options.idempotent),
    timeout,
    connectTimeout,
    waitForServer: options.waitForServer,
    backoff: options.backoff,
    times: options.times,
    clock: options.clock,
  });
}

function idempotence<P extends Procedures>(program: Program<P>, names: DirectoryOptions<P>["idempotent"] = []) {
  if (names === true) return () => true;
  const procedures = new Set<Procedure | undefined>(names.map((name) => program.procedures[name]));
  return (procedure: Procedure) => procedures.has(procedure);
}
