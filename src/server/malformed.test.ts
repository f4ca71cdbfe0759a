// Messages that are not RPC are dropped, and reported in bounded number.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { test } from "node:test";
import { Peer } from "../peer/peer.js";
import { adder, adding, call } from "../rpc/adder.test-support.js";
import { FakeClock } from "../testing/fake-clock.js";
import { until } from "../testing/waiting.test-support.js";
import { memoryPair } from "../transport/memory.js";
import { mostReportsAtOnce } from "../transport/refusals.js";
import { Server } from "./server.js";

const http = 'the peer sent "GET", which is HTTP: is that an RPC client?';
const header = "0000000100000000 00000002 000186a0 00000001 00000001";
/** In hex, with the end of the report. */
const messages: readonly (readonly [hex: string, report: string])[] = [
  ["", "a size of 0 bytes"],
  ["00", "a size of 1 bytes"],
  ["00000001000000", "a size of 7 bytes"],
  ["0000000100000000", "a call of 8 bytes ends within its header"],
  ["000000010000000000000002 20005000", "a call of 16 bytes ends within its header"],
  // The credential and the verifier are cut off.
  [`${header} 00000001 00000008 00000000`, "a call of 36 bytes ends within its header"],
  [`${header} 00000000 00000000 00000000`, "a call of 36 bytes ends within its header"],
  ["0000000100000005", "message type 5"],
  ["0000000100000001 00000000 00000000 00000000 00000000 00000003", "message type 1, a reply"],
  ["474554202f20485454502f312e310d0a", http],
];

function serve(): { server: Server; reports: string[] } {
  const reports: string[] = [];
  const onError = (error: unknown): void => {
    const { code, message } = error as { code?: string; message: string };
    assert.equal(code, "TRANSPORT_FOREIGN_PROTOCOL");
    reports.push(message);
  };
  return { server: new Server({ onError }).implement(adder, adding()), reports };
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

for (const reliable of [true, false]) {
  const over = reliable ? "a stream" : "datagrams";
  test(`each kind of message that is not RPC is reported, and the connection stays open: over ${over}`, async () => {
    const { server, reports } = serve();
    await using _ = server;
    const [near, far] = memoryPair({ reliable });
    server.accept(far);
    for (const [hex] of messages) near.send((out, bytes: Buffer) => out.writeBytes(bytes), bytesOf(hex));
    assert.equal(await call(new Peer(near), "add", [{ a: 1, b: 2 }]), 3);
    assert.equal(reports.length, messages.length);
    for (const [i, [, report]] of messages.entries())
      assert.ok(reports[i]?.endsWith(`: a message was dropped: ${report}`), reports[i]);
  });
}

test("the report has the caller's address, over UDP and TCP", async () => {
  const { server, reports } = serve();
  await using _ = server;
  const { port } = (await server.listen("udp://127.0.0.1:0")).address as { port: number };
  const overTcp = (await server.listen("tcp://127.0.0.1:0")).address as { port: number };
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  socket.send(bytesOf("0000000100000005"), port, "127.0.0.1");
  await until(
    () => reports.length === 1,
    () => "the report of the datagram",
  );
  assert.match(
    reports[0] ?? "",
    new RegExp(`^udp://127\\.0\\.0\\.1:${socket.address().port}: a message was dropped: message type 5`),
  );
  socket.close();
  const stream = connect(overTcp.port, "127.0.0.1");
  stream.write(bytesOf("80000010 000000010000000000000002 20005000"));
  await until(
    () => reports.length === 2,
    () => "the report of the record",
  );
  assert.match(
    reports[1] ?? "",
    new RegExp(`^tcp://127\\.0\\.0\\.1:${stream.localPort}: a message was dropped: a call of 16 bytes`),
  );
  stream.destroy();
});

test("a flood of messages that are not RPC makes a bounded number of reports, and leaves those of other kinds", async () => {
  const codes: string[] = [];
  const onError = (error: unknown): number => codes.push((error as { code: string }).code);
  const limits = { callsInFlight: 0 };
  await using server = new Server({ onError, limits, clock: new FakeClock() }).implement(adder, adding());
  const [near, far] = memoryPair();
  server.accept(far);
  const message = bytesOf("0000000100000005");
  for (let i = 0; i < 3 * mostReportsAtOnce; i++) near.send((out, bytes: Buffer) => out.writeBytes(bytes), message);
  await assert.rejects(call(new Peer(near), "add", [{ a: 1, b: 2 }]), { code: "RPC_SYSTEM_ERR" });
  const dropped = new Array(mostReportsAtOnce).fill("TRANSPORT_FOREIGN_PROTOCOL");
  assert.deepEqual(codes, [...dropped, "TRANSPORT_OUT_OF_MEMORY"]);
});
