// The events of a binder, for logs: the caller, the action and its outcome.
import { quoteWord } from "../../base/quote.js";
import { omittedText } from "../../machine/event-limit.js";
import { type Address, formatAddress } from "../../transport/address.js";
import { groupOf } from "../../transport/address-group.js";
import type { BinderEntry, RefusalReason } from "./table.js";

/** The most characters of a netid, address or owner in a log line. */
const longestShown = 120;

/**
 * An event of a running binder, for its log. The rate is limited for each kind of event: one user of this machine, or one address of another machine,
 * can cause a burst of 1,000 events and then 10 per second; all together 10,000 and then 100 per second. Further events are omitted; the next event
 * of that kind has their number (`omitted`).
 */
export type BinderEvent = { readonly omitted?: number } & (
  | {
      readonly kind: "set";
      readonly entry: BinderEntry;
      readonly by: Caller;
      readonly refusal?: RefusalReason | undefined;
    }
  | {
      readonly kind: "unset";
      readonly program: number;
      readonly version: number;
      /** "" means every transport. */
      readonly netid: string;
      readonly by: Caller;
      readonly refusal?: RefusalReason | undefined;
    }
  /** A caller without permission tried to change something, or asked for a list that it may not get. */
  | { readonly kind: "denied"; readonly what: string; readonly by: Caller }
  /** A source exceeds its rate limit. Reported once until it is below the limit again. */
  | { readonly kind: "flood"; readonly by: Caller }
  | {
      readonly kind: "remote call";
      readonly program: number;
      readonly version: number;
      readonly procedure: number;
      readonly by: Caller;
      /** Why the call was not forwarded, or not answered. */
      readonly failure?: string | undefined;
    }
  /** Nothing listens at the registered address any more: the registration was removed. */
  | { readonly kind: "gone"; readonly entry: BinderEntry }
  /** The state file could not be read completely, or not be written. */
  | { readonly kind: "state"; readonly problem: string }
  /** A connection or message was refused, a connection was closed for its peer's fault, or a listener failed. */
  | { readonly kind: "trouble"; readonly problem: string }
);

/** The caller in a BinderEvent. */
export interface Caller {
  /** The caller's address. */
  readonly from: Address;
  /** The caller's user, as in `BinderEntry.owner`. */
  readonly owner: string;
}

/** Receives the events of a running binder. Must not throw. */
export type BinderLog = (event: BinderEvent) => void;

/**
 * Formats an event as one line for a log. Text from peers is quoted if it could be mistaken for something else.
 * @example
 * console.log(formatEvent({ kind: "state", problem: "no space left" }).includes("no space left")); // true
 */
export function formatEvent(event: BinderEvent): string {
  return textOf(event) + omittedText(event);
}

function textOf(event: BinderEvent): string {
  switch (event.kind) {
    case "set":
      return `set ${entryText(event.entry)}, by ${caller(event.by)}${refused(event.refusal)}`;
    case "unset": {
      const where = event.netid === "" ? "every transport" : quoteWord(event.netid, longestShown);
      return `unset ${event.program} version ${event.version} over ${where}, by ${caller(event.by)}${refused(event.refusal)}`;
    }
    case "denied":
      return `denied ${event.what}, to ${caller(event.by)}`;
    case "flood":
      return `too many calls, from ${caller(event.by)}: some get no answer`;
    case "remote call": {
      const outcome = event.failure === undefined ? "" : `: ${event.failure}`;
      return `remote call ${event.program} version ${event.version} procedure ${event.procedure}, for ${caller(event.by)}${outcome}`;
    }
    case "gone":
      return `removed ${entryText(event.entry)}: nothing listens there any more`;
    case "state":
    case "trouble":
      return event.problem;
  }
}

/** The caller that an event counts for: a user, and its machine. */
export function causeOf(event: BinderEvent): string | undefined {
  if (!("by" in event) || event.kind === "flood") return undefined;
  const { owner, from } = event.by;
  return `${owner} ${groupOf(from) ?? from.kind}`;
}

function entryText({ program, version, netid, address }: BinderEntry): string {
  return `${program} version ${version} ${quoteWord(netid, longestShown)} ${quoteWord(address, longestShown)}`;
}

function caller({ from, owner }: Caller): string {
  return `${quoteWord(owner, longestShown)} at ${formatAddress(from)}`;
}

function refused(refusal: RefusalReason | undefined): string {
  return refusal === undefined ? "" : `: refused, ${refusal}`;
}
