import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { call } from "../rpc/adder.test-support.js";
import type { RpcDisconnected } from "../rpc/errors.js";
import { connectTcp } from "../transport/tcp.js";
import { mostUnreadRefusals } from "./nothing-served.js";
import { Peer } from "./peer.js";

const callOfNobody = Buffer.from(
  `80000028${"00000005 00000000 00000002".replaceAll(" ", "")}${"00000001".repeat(3)}${"00000000".repeat(4)}`,
  "hex",
);
const many = Buffer.concat(Array.from({ length: 1_000 }, () => callOfNobody));

/** A server at the other end of a client's connection. */
async function meet(t: TestContext): Promise<{ peer: Peer; server: Socket }> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const accepted = once(listener, "connection");
  const { port } = listener.address() as { port: number };
  const peer = new Peer(await connectTcp({ host: "127.0.0.1", port }));
  const [server] = (await accepted) as [Socket];
  server.on("error", () => undefined);
  t.after(() => {
    peer.destroy();
    server.destroy();
    listener.close();
  });
  return { peer, server };
}

test("a server that calls a client which serves nothing, and reads no answer, is left", async (t) => {
  const { peer, server } = await meet(t);
  server.pause();
  let sent = 0;
  const flood = (): void => {
    while (!server.destroyed && server.write(many)) sent += 1_000;
    server.once("drain", flood);
  };
  flood();
  await assert.rejects(
    call(peer, "add", [{ a: 1, b: 2 }], { timeout: Number.POSITIVE_INFINITY }),
    (error: RpcDisconnected) => {
      assert.equal(error.code, "RPC_DISCONNECTED");
      assert.match(error.message, /calls, though nothing is served here, and reads none of \d+ answers/);
      return true;
    },
  );
  assert.ok(sent > mostUnreadRefusals);
});

test("a server that reads the refusals may call as often as it likes", async (t) => {
  const { peer, server } = await meet(t);
  const result = call(peer, "add", [{ a: 1, b: 2 }], { timeout: Number.POSITIVE_INFINITY });
  const [request] = (await once(server, "data")) as [Buffer];
  const rounds = 20;
  let bytes = 0;
  for (let round = 1; round <= rounds; round++) {
    server.write(many);
    while (bytes < round * 1_000 * 28) bytes += ((await once(server, "data")) as [Buffer])[0].length;
  }
  const xid = request.subarray(4, 8);
  server.write(
    Buffer.concat([Buffer.from("8000001c", "hex"), xid, Buffer.from(`00000001${"00000000".repeat(4)}00000003`, "hex")]),
  );
  assert.equal(await result, 3);
});
