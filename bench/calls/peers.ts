// Who takes part in the call benchmark, and how its server and client are started.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { compile, peerServer, project } from "../../test/interop/harness/compile.js";
import type { Row } from "./rows.js";

export interface BenchPeer {
  readonly name: string;
  /** What a reader has to know to judge the figures. */
  readonly about: string;
  /** Why it cannot take part here; undefined when it can. */
  readonly missing: string | undefined;
  takesPartIn(row: Row): boolean;
  /** The command of its server, which prints its port (or "ready", where the port is given). */
  server(protocol: Row["protocol"], port: number): readonly string[];
  client(protocol: Row["protocol"], port: number): readonly string[];
}

const built = (name: string) => join(project, "build", "bench", "calls", name);
const outside = (name: string) => join(project, "bench", "peers", name);
const hasPackages = existsSync(outside("node_modules"));

const node = process.execPath;
const always = () => true;
const onlyPlain = ({ setting }: Row) => setting === "plain";
const onlyTcp = (row: Row) => row.protocol === "tcp" && onlyPlain(row);
const isInTurn = ({ load, setting }: Row) => load.depth === 1 && setting !== "async handler";

export const lupine: BenchPeer = {
  name: "Lupine",
  about: "this package, with AUTH_NONE, arguments and results checked",
  missing: undefined,
  takesPartIn: always,
  server: (protocol) => [node, built("lupine-server.js"), protocol],
  client: (protocol, port) => [node, built("lupine-client.js"), protocol, String(port)],
};

export const libtirpc: BenchPeer = {
  name: "libtirpc",
  about: "ONC RPC in C: rpcgen's stubs; its calls wait for their replies, so one is in flight",
  missing: existsSync("/usr/include/tirpc/rpc/rpc.h") ? undefined : "needs rpcsvc-proto, libtirpc-dev and gcc",
  takesPartIn: isInTurn,
  server: (protocol, port) => [peerServer(), protocol, String(port)],
  client: (protocol, port) => [benchClient(), protocol, String(port)],
};

/** Lupine's server behind libtirpc's client, and the other way round. */
const cToLupine: BenchPeer = {
  ...libtirpc,
  name: "C to Lupine",
  about: "libtirpc's client calls Lupine's server",
  server: lupine.server,
};
const lupineToC: BenchPeer = {
  ...libtirpc,
  name: "Lupine to C",
  about: "Lupine's client calls libtirpc's server",
  takesPartIn: (row) => row.setting !== "async handler",
  client: lupine.client,
};

const bareNode: BenchPeer = {
  name: "bare Node",
  about:
    "Node's sockets with messages of the same sizes, and no protocol, codec, promises or work for each message: a limit",
  missing: undefined,
  takesPartIn: onlyPlain,
  server: (protocol) => [node, built("bare-server.js"), protocol],
  client: (protocol, port) => [node, built("bare-client.js"), protocol, String(port)],
};

const grpc: BenchPeer = {
  name: "grpc-js",
  about: "@grpc/grpc-js with @grpc/proto-loader, over HTTP/2 without TLS",
  missing: hasPackages ? undefined : "needs the packages of bench/peers",
  takesPartIn: onlyTcp,
  server: () => [node, outside("grpc.mjs"), "server"],
  client: (_protocol, port) => [node, outside("grpc.mjs"), "client", String(port)],
};

const capnweb: BenchPeer = {
  name: "Cap'n Web",
  about: "capnweb over TCP with a length before each message, one write a turn",
  missing: hasPackages ? undefined : "needs the packages of bench/peers",
  takesPartIn: onlyTcp,
  server: () => [node, outside("capnweb.mjs"), "server"],
  client: (_protocol, port) => [node, outside("capnweb.mjs"), "client", String(port)],
};

const http: BenchPeer = {
  name: "node:http",
  about: "Node's HTTP/1.1 on one connection that is kept, with bare bytes for a body: no RPC, and one call in flight",
  missing: undefined,
  takesPartIn: (row) => onlyTcp(row) && row.load.depth === 1,
  server: () => [node, built("http-server.js")],
  client: (_protocol, port) => [node, built("http-client.js"), String(port)],
};

/** All but Lupine, in the order of the table. */
export const others: readonly BenchPeer[] = [bareNode, libtirpc, cToLupine, lupineToC, http, grpc, capnweb];

function benchClient(): string {
  return compile({
    interface: "test/interop/peer.x",
    sources: ["bench/calls/c/bench_client.c"],
    rpcgen: [
      ["-C", "-h", "-o", "peer.h"],
      ["-C", "-c", "-o", "peer_xdr.c"],
      ["-C", "-l", "-o", "peer_clnt.c"],
    ],
    link: ["bench_client.c", "peer_xdr.c", "peer_clnt.c"],
  });
}
