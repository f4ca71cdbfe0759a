// The events of a directory server, for logs: servers that joined and left, and refused requests.
import { printable } from "../../base/quote.js";
import { omittedText } from "../../machine/event-limit.js";
import { type Address, formatAddress } from "../../transport/address.js";
import { groupOf } from "../../transport/address-group.js";
import type { ServiceEntry } from "../engine.js";

/** The most characters of a path, address, id or reason in a line. */
const longestShown = 200;

/**
 * Why a server was removed from the directory. "its place was needed by a host with fewer": a limit was reached when a server of another
 * host registered, and this server's host had more than twice as many registrations, or bytes, as that host.
 */
export type Departure =
  | "withdrawn"
  | "its connection was lost"
  | "its lease ended"
  | "its place was needed by a host with fewer";

/**
 * An event of a directory server, for its log. The rate is limited for each kind of event: one host can cause a burst of 1,000 events and then 10 per
 * second; all together 10,000 and then 100 per second. The same limits apply to servers that leave one path. Further events are omitted; the next
 * event of that kind has their number (`omitted`).
 */
export type DirectoryEvent = { readonly omitted?: number } & (
  | { readonly kind: "joined"; readonly path: string; readonly entry: ServiceEntry; readonly by: Address }
  | { readonly kind: "left"; readonly path: string; readonly entry: ServiceEntry; readonly why: Departure }
  | {
      readonly kind: "refused";
      readonly what: string;
      readonly path: string;
      readonly why: string;
      readonly by: Address;
    }
  /**
   * A limit is reached, so a host with more than twice as many registrations or watches as others loses registrations, or its watches are answered early.
   * Reported once a minute at most; `host` is the first one.
   */
  | { readonly kind: "crowded"; readonly what: "registrations" | "watches"; readonly host: string }
  /** A source exceeds its rate limit. Reported once until it is below the limit again. */
  | { readonly kind: "flood"; readonly by: Address }
  /**
   * The state file could not be read completely, or not be written; the machine's binder refused to register the
   * directory; a connection or message was refused, a connection was closed for its peer's fault, or a listener failed.
   */
  | { readonly kind: "trouble"; readonly problem: string }
);

/** Receives the events of a directory server. Must not throw. */
export type DirectoryLog = (event: DirectoryEvent) => void;

/**
 * Formats an event as one line for a log. Control characters in text from peers are escaped.
 * @example
 * console.log(formatDirectoryEvent({ kind: "trouble", problem: "no space left" }).includes("no space left")); // true
 */
export function formatDirectoryEvent(event: DirectoryEvent): string {
  return textOf(event) + omittedText(event);
}

function textOf(event: DirectoryEvent): string {
  switch (event.kind) {
    case "joined":
      return `joined ${event.path}: ${entryText(event.entry)}, by ${formatAddress(event.by)}`;
    case "left":
      return `left ${event.path}: ${entryText(event.entry)}, ${event.why}`;
    case "refused":
      return `refused to ${event.what} ${printable(event.path, longestShown)}, to ${formatAddress(event.by)}: ${printable(event.why, longestShown)}`;
    case "flood":
      return `too many calls, from ${formatAddress(event.by)}: some are refused`;
    case "crowded": {
      const effect = event.what === "watches" ? "are answered early" : "are removed";
      return `too many ${event.what}: those of ${event.host}, which has most, ${effect} to make room for other hosts`;
    }
    case "trouble":
      return event.problem;
  }
}

/** The host, or the path, that an event counts for. */
export function causeOf(event: DirectoryEvent): string | undefined {
  if (event.kind === "left") return event.path;
  if (event.kind !== "joined" && event.kind !== "refused") return undefined;
  return groupOf(event.by) ?? event.by.kind;
}

function entryText({ id, addresses }: ServiceEntry): string {
  const shown = addresses
    .slice(0, 3)
    .map((one) => printable(one, longestShown))
    .join(" ");
  return `${shown}${addresses.length > 3 ? " ..." : ""} (${printable(id, longestShown)})`;
}
