// Starts worker processes, and waits until their mailboxes are open.
import { fork } from "node:child_process";
import { once } from "node:events";

/** Runs `program` in two processes, `program NAME LISTENER`, and returns the names of their mailboxes. */
export function startWorkers(program: URL, listener: string): Promise<readonly string[]> {
  return Promise.all(
    [1, 2].map(async (number) => {
      const name = `worker-${number}-of-${process.pid}`;
      await once(fork(program, [name, listener]), "message");
      return name;
    }),
  );
}
