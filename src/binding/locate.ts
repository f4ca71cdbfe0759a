// Finds where a program of a host listens, by asking the host's binder. The smallest entry point of this room: programs
// that only look up addresses load nothing else of it.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { Locator } from "../client/locator.js";
import { lookUp } from "./look-up.js";
import { type BinderPlaces, binderAddresses, givenBinder, placeOptions } from "./places.js";

export { BindingError } from "./errors.js";

/** Options of `rpcbindLocator`. */
export interface LocatorOptions extends BinderPlaces {
  /** Milliseconds that one question to a binder may take. Default 3000. */
  readonly timeout?: number;
}

const locatorOptions: OptionTable<LocatorOptions> = {
  ...placeOptions,
  timeout: "time",
};

const defaultTimeout = 3_000;

/**
 * Makes a Locator that asks rpcbind: the host's, or the one in `lookup.rpcbind`. On this machine it also tries rpcbind's
 * Unix socket and the fallback binder.
 * @throws TypeError for a wrong option.
 * @example
 * await using rpcbind = await startRpcbind({ port: 0 });
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * await server.listen("tcp://127.0.0.1:0");
 * await using registration = await register(server, { binder: rpcbind.url });
 * const locate = rpcbindLocator();
 * const { signal } = new AbortController();
 * const found = await locate({ host: "127.0.0.1", program: ADD_VERS, transport: "tcp", rpcbind: rpcbind.url, signal });
 * console.log(registration.entries.length, JSON.stringify(found).includes("127.0.0.1")); // 1 true
 */
export function rpcbindLocator(options: LocatorOptions = {}): Locator {
  checkOptions(locatorOptions, options);
  const { timeout = defaultTimeout } = options;
  return (lookup) => {
    const { host, transport, rpcbind } = lookup;
    const given = rpcbind === undefined ? undefined : givenBinder(rpcbind, transport);
    const addresses = given ?? binderAddresses(host, transport, options);
    return lookUp(addresses, lookup, timeout);
  };
}
