// Finds where a program of a host listens, by asking the host's binder.
import type { Locator } from "../client/index.js";
import { lookUp } from "./look-up.js";
import { type BinderPlaces, binderAddresses, parseBinderAddress } from "./places.js";

export interface LocatorOptions extends BinderPlaces {
  /** Milliseconds that one question to a binder may take. Default 3000. */
  readonly timeout?: number;
}

const defaultTimeout = 3_000;

/**
 * Makes a locator that asks rpcbind: of the host, or the one that `lookup.rpcbind` names. On this machine it also asks
 * the Unix socket of rpcbind and the fallback binder, where no other answers.
 */
export function rpcbindLocator(options: LocatorOptions = {}): Locator {
  const { timeout = defaultTimeout } = options;
  return (lookup) => {
    const { host, transport, rpcbind } = lookup;
    const given = rpcbind === undefined ? undefined : [parseBinderAddress(rpcbind, transport)];
    const addresses = given ?? binderAddresses(host, transport, options);
    return lookUp(addresses, lookup, timeout);
  };
}
