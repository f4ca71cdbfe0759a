// Source ports below 1024, which some servers accept as proof that the caller is root.
import { systemClock } from "../base/clock.js";

// bindresvport's range: the ports below 600 belong to well-known services.
const lowest = 600;
const highest = 1023;

/**
 * Calls `attempt` with one reserved port after the other, from a random one on, until one is free.
 * @param wanted "try": without the privilege or a free reserved port, tries port 0, which means any port.
 * @throws the error of `unavailable` without the privilege or a free port; and all other errors of `attempt`.
 */
export async function withReservedPort<T>(
  attempt: (port: number) => Promise<T>,
  wanted: true | "try",
  unavailable: (message: string, options?: ErrorOptions) => Error,
): Promise<T> {
  const count = highest - lowest + 1;
  const first = Math.floor(systemClock.random() * count);
  for (let i = 0; i < count; i++) {
    try {
      return await attempt(lowest + ((first + i) % count));
    } catch (error) {
      const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
      if (code === "EACCES" && wanted === "try") break;
      if (code === "EACCES") throw unavailable(needsPrivilege, { cause: error });
      if (code !== "EADDRINUSE" && code !== "EADDRNOTAVAIL") throw error;
    }
  }
  if (wanted === "try") return attempt(0);
  throw unavailable(`every port from ${lowest} to ${highest} is taken: close connections, or do without reservedPort`);
}

const needsPrivilege =
  "a source port below 1024 needs root or CAP_NET_BIND_SERVICE: run so, or do without reservedPort";
