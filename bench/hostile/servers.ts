// Who is attacked: each a server of `add`, `echo` and `fill` as its users write it, with the limits that it has by itself.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { peerServer, project } from "../../test/interop/harness/compile.js";
import type { Protocol } from "./wire.js";

export interface Target {
  readonly name: string;
  readonly protocol: Protocol;
  /** Why it cannot take part here; undefined when it can. */
  readonly missing: string | undefined;
  /** Its command for TCP, or for UDP too; it prints its ports, or "ready" at the one given. */
  command(port: number, udp: boolean): readonly string[];
}

const built = (name: string): string => join(project, "build", "bench", "hostile", name);

export const targets: readonly Target[] = [
  { name: "Lupine", protocol: "rpc", missing: undefined, command: () => [process.execPath, built("lupine-server.js")] },
  {
    name: "libtirpc",
    protocol: "rpc",
    missing: existsSync("/usr/include/tirpc/rpc/rpc.h") ? undefined : "needs rpcsvc-proto, libtirpc-dev and gcc",
    command: (port, udp) => [peerServer(), udp ? "udp" : "tcp", String(port)],
  },
  {
    name: "node:http",
    protocol: "http",
    missing: undefined,
    command: () => [process.execPath, built("http-server.js")],
  },
];
