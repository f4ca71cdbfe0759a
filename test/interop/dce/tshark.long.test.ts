// Every PDU of ours, in both byte orders, as Wireshark reads it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDceClient, DceFault, DceServer, lookupEndpoints, startEndpointMapper } from "lupine/dce";
import { peerTest } from "../harness/peers.js";
import { run } from "../harness/processes.js";
import { Sample_v1 } from "./sample.gen.js";
import { implementation } from "./sample-server.js";

/** One chunk of bytes, and whether the client sent it. */
type Sent = readonly [isClient: boolean, bytes: Buffer];

/** The port at which Wireshark expects DCE RPC. */
const dcePort = 135;

/** A server in front of another that records the bytes of both directions. */
async function recorder(port: number): Promise<{ port: number; sent: Sent[]; [Symbol.asyncDispose](): Promise<void> }> {
  const sent: Sent[] = [];
  const server = createServer((near) => {
    const distant = connect(port, "127.0.0.1");
    const pass = (isClient: boolean, bytes: Buffer): void => {
      sent.push([isClient, bytes]);
      (isClient ? distant : near).write(bytes);
    };
    near.on("data", (bytes) => pass(true, bytes));
    distant.on("data", (bytes) => pass(false, bytes));
    near.on("close", () => distant.destroy()).on("error", () => undefined);
    distant.on("close", () => near.destroy()).on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    sent,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

/** The PDUs of a conversation as packets of TCP over IPv4 in a capture file (pcap, link type 101: raw IP). */
function capture(sent: readonly Sent[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0x40000, 16);
  header.writeUInt32LE(101, 20);
  const sequence = { client: 1, server: 1 };
  const packets = sent.map(([isClient, bytes], i) => {
    const packet = Buffer.alloc(16 + 40);
    packet.writeUInt32LE(i, 0);
    packet.writeUInt32LE(40 + bytes.length, 8);
    packet.writeUInt32LE(40 + bytes.length, 12);
    const [from, to] = isClient ? [1, 2] : [2, 1];
    packet.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, from, 10, 0, 0, to], 16);
    packet.writeUInt16BE(40 + bytes.length, 18);
    const [own, other] = isClient ? (["client", "server"] as const) : (["server", "client"] as const);
    packet.writeUInt16BE(isClient ? 40_000 : dcePort, 36);
    packet.writeUInt16BE(isClient ? dcePort : 40_000, 38);
    packet.writeUInt32BE(sequence[own], 40);
    packet.writeUInt32BE(sequence[other], 44);
    packet.set([0x50, 0x18, 0xff, 0xff], 48);
    sequence[own] += bytes.length;
    return Buffer.concat([packet, bytes]);
  });
  return Buffer.concat([header, ...packets]);
}

/** The lengths are in the byte order of the PDU. */
function countPdus(sent: readonly Sent[], isClient: boolean): number {
  const bytes = Buffer.concat(sent.filter(([own]) => own === isClient).map(([, one]) => one));
  let count = 0;
  for (let at = 0; at < bytes.length; count++) {
    at += bytes[at + 4] === 0x10 ? bytes.readUInt16LE(at + 8) : bytes.readUInt16BE(at + 8);
  }
  return count;
}

async function converse(byteOrder: "little" | "big"): Promise<Sent[]> {
  await using server = new DceServer({ byteOrder }).implement(Sample_v1, implementation());
  const { port } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  await using recording = await recorder(port);
  await using client = createDceClient(Sample_v1, `ncacn_ip_tcp:127.0.0.1[${recording.port}]`, { byteOrder });
  await client.add(40, 2);
  await client.sum(Array.from({ length: 5_000 }, (_, i) => i));
  await client.reverse({ value: 1n, next: { value: 2n, next: null } });
  await client.texts("hé", "wïde", new Uint8Array(16));
  const { s } = await client.open("session");
  await client.closeSession(s);
  await assert.rejects(client.open("refuse"), DceFault);
  await client.notify(7);
  await client.nothing();
  return recording.sent;
}

/** The endpoint mapper's own calls, which Wireshark decodes down to the values. */
async function map(): Promise<Sent[]> {
  await using mapper = await startEndpointMapper({ port: 0 });
  await using server = new DceServer().implement(Sample_v1, implementation());
  await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  await using recording = await recorder(mapper.port);
  await server.register({ endpointMapper: `ncacn_ip_tcp:127.0.0.1[${recording.port}]`, annotation: "a sample" });
  await lookupEndpoints(`ncacn_ip_tcp:127.0.0.1[${recording.port}]`);
  return recording.sent;
}

/** Remarks of Wireshark that are no complaints: a message in fragments, and the fault that the test asks for. */
const remarks = new Set(["", "Last fragment, reassembled", "Fault: nca_s_fault_access_denied"]);

function complaintsIn(lines: readonly string[]): string[] {
  return lines.filter((line) => !remarks.has(line.split("|")[1] ?? ""));
}

async function check(sent: readonly Sent[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-tshark-"));
  try {
    const file = join(folder, "dce.pcap");
    writeFileSync(file, capture(sent));
    const fields = ["dcerpc.pkt_type", "_ws.expert.message"].flatMap((name) => ["-e", name]);
    const { status, output } = await run("tshark", ["-n", "-r", file, "-T", "fields", "-E", "separator=|", ...fields]);
    assert.equal(status, 0, output);
    return output.split("\n").filter((line) => line.includes("|"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const byteOrder of ["little", "big"] as const) {
  peerTest(
    `tshark decodes every PDU of a ${byteOrder}-endian conversation without a complaint`,
    ["tshark"],
    async () => {
      const sent = await converse(byteOrder);
      const lines = await check(sent);
      const seen = lines.flatMap((line) => line.split("|")[0]?.split(",") ?? []).filter((type) => type !== "");
      assert.equal(seen.length, countPdus(sent, true) + countPdus(sent, false), lines.join("\n"));
      for (const type of ["0", "2", "3", "11", "12"]) assert.ok(seen.includes(type), `no PDU of type ${type}`);
      assert.deepEqual(complaintsIn(lines), []);
    },
  );
}

peerTest("tshark decodes the calls of our endpoint mapper without a complaint", ["tshark"], async () => {
  const lines = await check(await map());
  assert.ok(lines.length >= 4);
  assert.deepEqual(complaintsIn(lines), []);
});
