// A server that listens on all addresses with accept: "local", and a caller of another machine.
import assert from "node:assert/strict";
import { before } from "node:test";
import { channelOf, createClient } from "lupine";
import { ping } from "lupine/client";
import { far, layCable } from "./harness/cable.js";
import { enterNamespace, insideNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run } from "./harness/processes.js";
import { peerService } from "./harness/service.js";
import { PEER_V1 } from "./peer.gen.js";

enterNamespace(import.meta.url);

before(() => {
  if (insideNamespace()) layCable();
});

/** Sends the NULL call and prints what became of it. */
const stranger = `
  const [transport, host, port, program] = process.argv.slice(1);
  const call = Buffer.alloc(40);
  [7, 0, 2, program, 1, 0].forEach((word, i) => call.writeUInt32BE(Number(word), i * 4));
  const end = (what) => { console.log(what); process.exit(); };
  if (transport === "udp") {
    const socket = require("node:dgram").createSocket("udp4");
    socket.on("message", () => end("answered"));
    socket.on("error", () => {});
    socket.connect(Number(port), host, () => { socket.send(call); setInterval(() => socket.send(call), 100); });
    setTimeout(() => end("nothing"), 1000); // waits: ten calls without an answer
  } else {
    const socket = require("node:net").connect(Number(port), host);
    socket.on("data", () => end("answered"));
    socket.on("error", () => {});
    socket.on("close", () => end("nothing"));
    socket.write(Buffer.concat([Buffer.from([0x80, 0, 0, 40]), call]));
  }`;

for (const transport of ["tcp", "udp"]) {
  peerTest(`accept: "local" refuses other machines over ${transport}, and counts them`, ["namespace"], async () => {
    await using server = peerService();
    const ask = async (port: number): Promise<string> => {
      const [command = "", ...rest] = [...far, process.execPath, "-e", stranger, transport, "192.0.2.1"].map(String);
      return (await run(command, [...rest, String(port), String(PEER_V1.number)])).output.trim();
    };
    const open = await server.listen(`${transport}://0.0.0.0:0`, { accept: "network" });
    assert.equal(await ask("port" in open.address ? open.address.port : 0), "answered");
    assert.equal(server.refusedStrangers, 0);
    const { address } = await server.listen(`${transport}://0.0.0.0:0`, { accept: "local" });
    const port = "port" in address ? address.port : 0;
    assert.equal(await ask(port), "nothing");
    assert.ok(server.refusedStrangers >= 1);
    for (const host of ["127.0.0.1", "192.0.2.1"]) {
      await using client = createClient(PEER_V1, `${transport}://${host}:${port}`);
      await ping(channelOf(client), PEER_V1);
    }
  });
}
