// The error of an address that cannot be opened, with the reason and what to do.
import { TransportError } from "./errors.js";

const advice: Readonly<Record<string, string>> = {
  EADDRINUSE: "the address is in use: stop the other program, or use port 0 for any free port",
  EACCES: "permission denied: ports below 1024 need root or CAP_NET_BIND_SERVICE",
  EADDRNOTAVAIL: "this machine does not have that address",
  EMFILE: "out of file descriptors: raise the limit (ulimit -n) or lower maxConnections",
  ENFILE: "the system is out of file descriptors",
  ENOTFOUND: "the host name is not known",
};

export function listenFailed(name: string, cause: Error): TransportError {
  const why = advice[(cause as NodeJS.ErrnoException).code ?? ""];
  const message = `cannot listen on ${name}: ${why === undefined ? "" : `${why} `}(${cause.message})`;
  return new TransportError("TRANSPORT_LISTEN_FAILED", message, { cause });
}
