// Bounds how many lines callers can cause in the log of a daemon: local callers have no limit on their calls.
import { RateLimit, type RateLimits } from "./rate.js";

/** Events that one caller may cause. */
const perCaller: RateLimits = { perSecond: 10, burst: 1_000, sources: 4_096 };
/** Events of one kind that all callers may cause. */
const perKind: RateLimits = { perSecond: 100, burst: 10_000, sources: 64 };

/** An event of a log. */
export interface LimitedEvent {
  readonly kind: string;
  /** The number of events of this kind that were left out before this one, because callers had caused too many. */
  readonly omitted?: number;
}

/**
 * A log that leaves events out after 1,000 of one kind that one caller has caused at once (then 10 a second), or 10,000 that all have caused
 * (then 100 a second). The next one of that kind has their number.
 * @param callerOf who has caused an event; undefined for events that are always logged.
 */
export function limitEvents<E extends LimitedEvent>(
  log: (event: E) => void,
  callerOf: (event: E) => string | undefined,
  now?: () => number,
): (event: E) => void {
  const byCaller = new RateLimit(perCaller, now);
  const byKind = new RateLimit(perKind, now);
  const omitted = new Map<string, number>();
  return (event) => {
    const { kind } = event;
    const caller = callerOf(event);
    if (caller === undefined) return log(event);
    const before = omitted.get(kind) ?? 0;
    if (byCaller.take(`${kind} ${caller}`) !== "ok" || byKind.take(kind) !== "ok") {
      omitted.set(kind, before + 1);
      return;
    }
    omitted.delete(kind);
    log(before === 0 ? event : { ...event, omitted: before });
  };
}

/** The end of a log line. */
export function omittedText({ omitted = 0 }: LimitedEvent): string {
  return omitted === 0 ? "" : ` (${omitted} more were left out before)`;
}
