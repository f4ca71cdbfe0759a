// The properties and errors of Unix sockets that both ends share.
import type { ConnectionInfo } from "./connection.js";
import type { TransportError } from "./errors.js";

export function unixInfo(path: string): Omit<ConnectionInfo, "maxMessage" | "reliable"> {
  return { netid: "local", local: { kind: "unix", path }, remote: { kind: "unix", path } };
}

/** Adds the state of the path to an error: the system's error codes are few, and some of them mislead. */
export async function explained(path: string, error: TransportError): Promise<never> {
  const advice = await import("./unix-advice.js").catch(() => undefined);
  throw (await advice?.explainUnix(path, error)) ?? error;
}
