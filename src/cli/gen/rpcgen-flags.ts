// The flags of rpcgen, and their effect here.

/** The one part that a flag asks for, printed or written to `-o`. */
export type Part = "declarations" | "code" | "client" | "server" | "package";

/** Flags that ask for one part. As in rpcgen, they exclude each other. */
export const partFlags: Readonly<Record<string, Part>> = {
  h: "declarations",
  c: "code",
  l: "code",
  m: "code",
  t: "code",
  Sc: "client",
  Ss: "server",
  Sm: "package",
};

/** The note for a flag without effect, or with a replacement. */
export const advice: Readonly<Record<string, string>> = {
  l: "there is no file for the client's stub: createClient(VERSION, host) makes it from the descriptor",
  m: "there is no file for the server's stub: server.implement(VERSION, handlers) makes it from the descriptor",
  t: "the dispatch table is the descriptor of each version: its `procedures`",
  T: "nothing to do: every version's descriptor is a dispatch table",
  M: "nothing to do: no generated function keeps a result between calls",
  A: "nothing to do: the server runs calls side by side, up to its `maxCalls`",
  b: "nothing to do: the same code serves all versions of the transport interface",
  "5": "nothing to do: the same code serves all versions of the transport interface",
  C: "nothing to do: TypeScript has prototypes",
  N: "nothing to do: several arguments are always possible",
  L: "servers log with console: redirect the output, or let systemd's journal or `logger` take it to syslog",
  I: "servers are not started by inetd: start them once, by systemd or another supervisor",
  K: "servers do not exit when idle: they cost nothing while they wait; call `server.close()` to end one",
  i: "nothing to do: all codecs are straight-line code",
  Y: "nothing to do: the preprocessor is built in",
};

/** The listening addresses of a server, by the netids and nettypes of rpcgen's -n and -s. */
const addresses: Readonly<Record<string, readonly string[]>> = {
  tcp: ["tcp://0.0.0.0:0"],
  tcp6: ["tcp://[::]:0"],
  udp: ["udp://0.0.0.0:0"],
  udp6: ["udp://[::]:0"],
  circuit_v: ["tcp://0.0.0.0:0"],
  circuit_n: ["tcp://0.0.0.0:0"],
  datagram_v: ["udp://0.0.0.0:0"],
  datagram_n: ["udp://0.0.0.0:0"],
  netpath: ["tcp://0.0.0.0:0", "udp://0.0.0.0:0"],
  visible: ["tcp://0.0.0.0:0", "udp://0.0.0.0:0"],
};

/** Names that -n and -s know. */
export const transportNames: readonly string[] = Object.keys(addresses);

/** Addresses for the transports that were named, each once; undefined for an unknown name. */
export function addressesOf(name: string): readonly string[] | undefined {
  return Object.hasOwn(addresses, name) ? addresses[name] : undefined;
}
