import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../testing/waiting.test-support.js";
import { ConnectionOwners } from "./connection-owners.js";
import { loadNative, type Native } from "./native.js";
import { System } from "./system.js";
import type { SocketHandle } from "./system-helper.js";
import { SystemHelper } from "./system-helper.js";

const own = process.geteuid?.();
const native = await loadNative();
const isRequired = process.env["LUPINE_REQUIRE_PEERS"] === "1" && process.platform === "linux";
const skip = native === undefined && !isRequired && "koffi is not here: npm install --no-save koffi";

/** Both ends of one connection. */
async function connected(where: string | number) {
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket));
  await new Promise<void>((resolve) => server.listen(where, resolve));
  const address = server.address();
  const client =
    typeof address === "object" && address !== null ? connect(address.port, "127.0.0.1") : connect(String(where));
  await until(
    () => accepted.length > 0,
    () => "the connection",
  );
  const socket = accepted[0] as Socket;
  const dispose = (): void => {
    for (const one of [client, socket]) one.destroy();
    server.close();
    if (typeof where === "string") rmSync(where, { force: true });
  };
  const handle = () => (socket as unknown as { _handle: SocketHandle | null })._handle ?? undefined;
  return { socket, handle, [Symbol.dispose]: dispose };
}

const path = (name: string): string => join(tmpdir(), `lupine-system-${name}-${process.pid}.sock`);

test("with koffi the system says who is at the other end of a Unix socket, and no process is started", {
  skip,
}, async () => {
  const helper = new SystemHelper(undefined, 60_000);
  const system = new System(helper);
  using place = await connected(path("koffi"));
  assert.equal(await system.userOf(place.handle), own);
  assert.equal(await system.userOf(() => undefined), undefined, "a socket that is closed");
  using overTcp = await connected(0);
  assert.equal(await system.userOf(overTcp.handle), undefined, "TCP has no such peer");
  assert.equal(helper.starts, 0);
  system.close();
});

test("with koffi the system says whose a TCP connection is, with no process and no list of all sockets", {
  skip,
}, async () => {
  const helper = new SystemHelper(undefined, 60_000);
  const owners = new ConnectionOwners(new System(helper), (file) => Promise.reject(new Error(`${file} was read`)));
  using place = await connected(0);
  const { remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 } = place.socket;
  const ends = [
    { kind: "tcp", host: remoteAddress, port: remotePort },
    { kind: "tcp", host: localAddress, port: localPort },
  ] as const;
  for (let i = 0; i < 100; i++) assert.equal(await owners.of(...ends), own);
  const nobody = { kind: "tcp", host: "127.0.0.1", port: 1 } as const;
  assert.equal(await owners.of(nobody, ends[1]), undefined, "no such connection");
  assert.equal(helper.starts, 0);
});

test("without koffi, and where it gives no answer, the helper is asked", async () => {
  const asked: string[] = [];
  class Noting extends SystemHelper {
    override async userOf(): Promise<number | undefined> {
      asked.push("user");
      return 4711;
    }
    override async diagnose(): Promise<Uint8Array | undefined> {
      asked.push("diagnose");
      return Uint8Array.of(1);
    }
  }
  const mute: Native = { userOf: () => 0xffff_ffff, diagnose: () => undefined };
  const without = new System(new Noting([]), async () => undefined);
  assert.equal(await without.userOf(() => undefined), 4711);
  assert.deepEqual(await without.diagnose(new Uint8Array()), Uint8Array.of(1));
  const beside = new System(new Noting([]), async () => mute);
  assert.deepEqual(await beside.diagnose(new Uint8Array()), Uint8Array.of(1));
  assert.equal(await beside.userOf(() => ({ fd: 3 }) as SocketHandle), undefined, "nobody is no user");
  assert.deepEqual(asked, ["user", "diagnose", "diagnose"]);
});
