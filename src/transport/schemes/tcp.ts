// tcp://host:port. Most clients connect by TCP, so the code for it is loaded at once; a listener's when it is used.
import { hasHostAndPort, type Internet, parseHostAndPort } from "../address-forms.js";
import { connectTcp } from "../tcp.js";
import type { BuiltIn } from "./scheme.js";

const listener = () => import("../tcp-listener.js");

export const tcp: BuiltIn<Internet<"tcp">> = {
  name: "tcp",
  example: "tcp://host:port, tcp://[::1]:port",
  parse: (rest) => parseHostAndPort("tcp", rest),
  fits: hasHostAndPort,
  connect: ({ host, port }, options) => connectTcp({ ...options, host, port }),
  listen: async ({ host, port }, onConnection, options) =>
    (await listener()).listenTcp(onConnection, { ...options, host, port }),
  load: listener,
};
