// udp://host:port. Most programs use TCP: the code for UDP is loaded when it is used.
import { hasHostAndPort, type Internet, parseHostAndPort } from "../address-forms.js";
import type { ClientEnd, Form, ServerEnd } from "./scheme.js";

type Udp = Internet<"udp">;

export const form: Form<Udp> = {
  name: "udp",
  example: "udp://host:port",
  parse: (rest) => parseHostAndPort("udp", rest),
  fits: hasHostAndPort,
};

export const client: ClientEnd<Udp> = {
  async connect({ host, port }, options) {
    const { connectUdp } = await import("../udp.js");
    return connectUdp({ ...options, host, port });
  },
};

export const server: ServerEnd<Udp> = {
  async listen({ host, port }, onConnection, options) {
    const { listenUdp } = await import("../udp-listener.js");
    return listenUdp(onConnection, { ...options, host, port });
  },
};
