// udp://host:port. The code for UDP is loaded when it is used.
import { hasHostAndPort, type Internet, parseHostAndPort } from "../address-forms.js";
import type { BuiltIn } from "./scheme.js";

const listener = () => import("../udp-listener.js");

export const udp: BuiltIn<Internet<"udp">> = {
  name: "udp",
  example: "udp://host:port",
  parse: (rest) => parseHostAndPort("udp", rest),
  fits: hasHostAndPort,
  connect: async ({ host, port }, options) => (await import("../udp.js")).connectUdp({ ...options, host, port }),
  listen: async ({ host, port }, onConnection, options) =>
    (await listener()).listenUdp(onConnection, { ...options, host, port }),
  load: listener,
};
