// Names of services: /.:/services/sample is /services/sample in the directory, which is the cell of DCE.
import { parseServiceTarget, type ServiceTarget } from "../client/service-target.js";

/** A path in a directory, and the directory's address if the name has one. */
export type ServiceName = ServiceTarget;

/** Reads `dir:/.:/services/sample`, and the same without `dir:` or `/.:`. @throws TransportError TRANSPORT_BAD_ADDRESS */
export function serviceName(name: string): ServiceName {
  const target = /^dir:/i.test(name) ? name : `dir:${name}`;
  return parseServiceTarget(target.replace(/^(dir:(?:\/\/[^/]+)?)\/\.:(?=\/)/i, "$1"));
}
