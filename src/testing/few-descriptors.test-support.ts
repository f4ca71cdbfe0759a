// A server in a process of its own that may open 128 files. Its program sends a message when it is ready, one with `report` for each
// report, and its state in answer to each message: after it has taken all descriptors ("take") or freed them ("free").
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";

const canLimit = spawnSync("sh", ["-c", "ulimit -n 128"]).status === 0;

/** Options of tests that need it. */
export const needsLimit = { skip: canLimit ? false : "no ulimit here" };

export async function startWithFew(
  t: TestContext,
  program: string,
  { args = [], cwd }: { readonly args?: readonly string[]; readonly cwd?: string } = {},
): Promise<ChildProcess> {
  const command = 'ulimit -n 128 && exec "$0" --input-type=module -e "$@"';
  const stdio = ["ignore", "ignore", "inherit", "ipc"] as const;
  const child = spawn("sh", ["-c", command, process.execPath, program, ...args], { cwd, stdio: [...stdio] });
  t.after(() => child.kill());
  await once(child, "message");
  return child;
}

/** @returns the state of the process. */
export async function ask<State>(child: ChildProcess, what: "state" | "take" | "free"): Promise<State> {
  const answer = new Promise<State>((resolve) => {
    child.on("message", function read(message) {
      if ((message as { report?: true }).report) return;
      child.off("message", read);
      resolve(message as State);
    });
  });
  child.send(what);
  return await answer;
}
