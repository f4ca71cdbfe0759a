// Damages a file byte by byte.
import { readFileSync, writeFileSync } from "node:fs";
import { someOf } from "../testing/count-of.test-support.js";

/** Leaves the file with one byte changed, for each of its bytes in turn: one bit, an end of line, or no text at all. */
export function* eachChangedByte(path: string): Generator<string> {
  const whole = readFileSync(path);
  for (const [at, byte] of someOf(whole.entries(), 3)) {
    const other = [byte ^ 1, byte ^ 4, byte ^ 0x80, 0x0a][at % 4] as number;
    writeFileSync(path, whole.with(at, other), { mode: 0o600 });
    yield `byte ${at}: ${byte} became ${other}`;
  }
}
