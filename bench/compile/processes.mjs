// CPU time of processes: of one that was started, with all that it starts itself.
import { spawnSync } from "node:child_process";

/** Milliseconds of CPU, user and system, that `command` and its children take; by bash's `times`. */
export function cpuOf(command, args, options = {}) {
  // `times` prints two lines: the shell's own, then its children's.
  const script = '"$@" >/dev/null || exit 1; times';
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script, "bash", command, ...args], {
    ...options,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr.slice(0, 2000)}`);
  const children = stdout.trim().split("\n").at(-1).split(" ");
  return children.map(milliseconds).reduce((sum, each) => sum + each, 0);
}

// "0m1.234s"
function milliseconds(text) {
  const [, minutes, seconds] = /(\d+)m([\d.]+)s/.exec(text);
  return Number(minutes) * 60_000 + Number(seconds) * 1000;
}

/** The median of `rounds` results. */
export function median(rounds, measure) {
  const results = Array.from({ length: rounds }, measure).sort((a, b) => a - b);
  return results[results.length >> 1];
}
