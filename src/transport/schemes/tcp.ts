// tcp://host:port
import { hasHostAndPort, type Internet, parseHostAndPort } from "../address-forms.js";
import { listenTcp } from "../tcp-listener.js";
import type { Form, ServerEnd } from "./scheme.js";

type Tcp = Internet<"tcp">;

export const form: Form<Tcp> = {
  name: "tcp",
  example: "tcp://host:port, tcp://[::1]:port",
  parse: (rest) => parseHostAndPort("tcp", rest),
  fits: hasHostAndPort,
};

export const server: ServerEnd<Tcp> = {
  listen: ({ host, port }, onConnection, options) => listenTcp(onConnection, { ...options, host, port }),
};
