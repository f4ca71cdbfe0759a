// The procedures: a clock that can be set. The machine's own clock stays as it is.
import type { Implementation } from "lupine";
import { type instant, status, type TIME_VERS_Procedures } from "./time.gen.js";

let offset = 0;

export const clock: Implementation<TIME_VERS_Procedures> = {
  getTime: () => fromMilliseconds(Date.now() + offset),
  setTime(wanted) {
    if (wanted.seconds < 0n) return { status: status.CLOCK_REFUSED, reason: "times before 1970 are not kept" };
    offset = toMilliseconds(wanted) - Date.now();
    console.log(`set to ${new Date(toMilliseconds(wanted)).toISOString()}`);
    return { status: status.CLOCK_OK, time: fromMilliseconds(Date.now() + offset) };
  },
};

export function toMilliseconds({ seconds, nanoseconds }: instant): number {
  return Number(seconds) * 1000 + Math.floor(nanoseconds / 1e6);
}

export function fromMilliseconds(time: number): instant {
  const seconds = Math.floor(time / 1000);
  return { seconds: BigInt(seconds), nanoseconds: (time - seconds * 1000) * 1e6 };
}
