// Connects over TCP to a host name. Loaded only if a target has one: many have an IP address.
import { systemClock } from "../base/clock.js";
import { formatAddress } from "./address-forms.js";
import { connectFailed } from "./connect-failures.js";
import { defaultConnectTimeout, tooSlow } from "./connect-time.js";
import type { Connection } from "./connection.js";
import { hostAddresses } from "./host-addresses.js";
import { firstToSucceed } from "./race.js";

interface NamedTarget {
  readonly host: string;
  readonly port: number;
  /** See `ConnectOptions`. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/**
 * Connects to the first of the name's addresses that answers. A slow attempt continues in parallel with the next one
 * (RFC 8305), until the time is over.
 * @throws TransportError TRANSPORT_CONNECT_FAILED or TRANSPORT_TIMEOUT.
 */
export async function connectByName<O extends NamedTarget>(
  options: O,
  connect: (options: O) => Promise<Connection>,
): Promise<Connection> {
  const { host, port, signal, timeout: time = defaultConnectTimeout } = options;
  const name = formatAddress({ kind: "tcp", host, port });
  const started = systemClock.now();
  const left = (): number => Math.max(0, time - (systemClock.now() - started));
  const addresses = await hostAddresses(host, { time, signal }).catch((cause) => {
    throw connectFailed(name, cause as Error);
  });
  const attempts = addresses.map(
    (address) => (stop: AbortSignal) => connect({ ...options, host: address, timeout: left(), signal: stop }),
  );
  const discard = (late: Connection): void => late.destroy();
  return firstToSucceed(attempts, { signal, discard }).catch((cause: AggregateError) => {
    const isTooSlow = left() <= 0 && !signal?.aborted;
    throw isTooSlow ? tooSlow(name, time, cause) : connectFailed(name, cause);
  });
}
