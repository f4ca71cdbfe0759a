// Counters of what happens between the calls, from the channels of node:diagnostics_channel.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Attributes, Meter } from "./api.js";

interface Counted {
  readonly channel: string;
  readonly name: string;
  readonly description: string;
  /** The attributes of the measurement; undefined if the event does not count. */
  readonly attributes: (event: never) => Attributes | undefined;
}

const kindOf = ({ kind }: { kind: string }): Attributes => ({ "lupine.kind": kind });

const table: readonly Counted[] = [
  {
    channel: "lupine:client:retransmit",
    name: "lupine.client.retransmissions",
    description: "Calls that were sent again over UDP",
    attributes: () => ({}),
  },
  {
    channel: "lupine:client:connect:end",
    name: "lupine.client.reconnects",
    description: "Connections that replaced a lost one",
    attributes: ({ reconnect }: { reconnect: boolean }) => (reconnect ? {} : undefined),
  },
  {
    channel: "lupine:client:connect:error",
    name: "lupine.client.connect.failures",
    description: "Attempts to connect that failed",
    attributes: () => ({}),
  },
  {
    channel: "lupine:message:dropped",
    name: "lupine.messages.dropped",
    description: "Late or repeated replies, and messages that are not RPC",
    attributes: ({ reason }: { reason: string }) => ({ "lupine.kind": reason }),
  },
  {
    channel: "lupine:server:repeated",
    name: "lupine.server.repeated",
    description: "Copies of calls that the reply cache recognised, and false retries",
    attributes: kindOf,
  },
  {
    channel: "lupine:server:refused",
    name: "lupine.server.refused",
    description: "Calls that were refused or denied",
    attributes: ({ reason }: { reason: { kind: string } }) => ({ "lupine.kind": reason.kind }),
  },
  {
    channel: "lupine:client:session",
    name: "lupine.client.session.events",
    description: "Sessions, copies of their calls, and calls in doubt or refused, on clients",
    attributes: kindOf,
  },
  {
    channel: "lupine:server:session",
    name: "lupine.server.session.events",
    description: "Sessions, copies of their calls, and calls in doubt or refused, on servers",
    attributes: kindOf,
  },
];

/** Starts counting. @returns a function that ends it. */
export function countEvents(meter: Meter): () => void {
  const stops = table.map(({ channel, name, description, attributes }) => {
    const counter = meter.createCounter(name, { description, unit: "1" });
    const listener = (event: unknown): void => {
      const own = attributes(event as never);
      if (own !== undefined) counter.add(1, own);
    };
    subscribe(channel, listener);
    return (): void => void unsubscribe(channel, listener);
  });
  return () => {
    for (const stop of stops) stop();
  };
}
