// `lupine info --watch`: repeats the output until Ctrl-C.
import { setTimeout as sleep } from "node:timers/promises";
import { note, report } from "../output.js";
import type { InfoOptions } from "./info-options.js";

const defaultInterval = 2_000;

/** Runs `show` until a signal stops the process. A failure is reported, and the next run is tried. */
export async function again(show: () => Promise<void>, { watch, json }: InfoOptions): Promise<never> {
  const interval = typeof watch === "number" ? watch : defaultInterval;
  for (;;) {
    if (process.stdout.isTTY) process.stdout.write("\x1b[2J\x1b[H");
    try {
      await show();
    } catch (error) {
      report(error, { json: json === true, debug: false });
    }
    if (!json) note(`${new Date().toLocaleTimeString()}, again in ${interval / 1000} s`);
    await sleep(interval);
  }
}
