// tls://host:port, RPC over TLS (RFC 9289) for clients. The code for TLS is loaded when it is used.
import { hasHostAndPort, type Internet, parseHostAndPort } from "../address-forms.js";
import type { BuiltIn } from "./scheme.js";

const client = () => import("../tls/client.js");

export const tls: BuiltIn<Internet<"tls">> = {
  name: "tls",
  example: "tls://host:port",
  parse: (rest) => parseHostAndPort("tls", rest),
  fits: hasHostAndPort,
  connect: async (address, options) => (await client()).connectTls(address, options),
  listen: async () => (await client()).refuseToListen(),
};
