// Converts between the clock's milliseconds and the struct of the interface. Knows nothing of RPC.
import type { time } from "./time.gen.js";

/** A moment as the fields of UTC. */
export function toTime(milliseconds: number): time {
  const date = new Date(milliseconds);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    timezone: zone("UTC"),
  };
}

/** @returns undefined when the calendar has no such time, or it is not UTC. */
export function fromTime(time: time): number | undefined {
  const { year, month, day, hour, minute, second } = time;
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  moment.setUTCHours(hour, minute, second);
  const back = toTime(moment.getTime());
  const same = (Object.keys(back) as (keyof time)[]).every((key) => String(back[key]) === String(time[key]));
  return same ? moment.getTime() : undefined;
}

/** Four bytes: the letters, then zeros. */
export function zone(name: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  bytes.set(Buffer.from(name, "ascii").subarray(0, 4));
  return bytes;
}

/** For people: 2024-02-29 23:59:58 UTC. */
export function show({ year, month, day, hour, minute, second, timezone }: time): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const name = Buffer.from(timezone).toString("ascii").replace(/\0+$/, "");
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)} ${name}`;
}
