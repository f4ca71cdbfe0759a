// A machine with several addresses on one network, over UDP: whichever of them a caller of another machine asks, that
// one answers, as libtirpc's servers do. The caller's socket is connected, so it hears nobody else.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before } from "node:test";
import { lupineRpcbind } from "./harness/binders.js";
import { far, layCable } from "./harness/cable.js";
import { enterNamespace, insideNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run, until } from "./harness/processes.js";
import { peerService } from "./harness/service.js";
import { PEER_V1 } from "./peer.gen.js";

enterNamespace(import.meta.url);
const second = ["192.0.2.11", "192.0.2.12", "198.51.100.1", "2001:db8::11", "2001:db8:1::1"];
const later = "192.0.2.13";

before(() => {
  if (!insideNamespace()) return;
  layCable();
  for (const address of second) addAddress(address);
  shell(`${far.join(" ")} ip route add 198.51.100.1 via 192.0.2.1`);
  shell(`${far.join(" ")} ip route add 2001:db8:1::1 via 2001:db8::1`);
});

function addAddress(address: string): void {
  shell(`ip addr add ${address}/${address.includes(":") ? "128 dev near nodad" : "32 dev near"}`);
}

function shell(command: string): void {
  assert.equal(spawnSync("sh", ["-c", command], { stdio: "inherit" }).status, 0, command);
}

/** Sends the NULL call of a program until it is answered, and prints "answered". */
const caller = `
  const [host, port, program, version] = process.argv.slice(1);
  const socket = require("node:dgram").createSocket(host.includes(":") ? "udp6" : "udp4");
  const call = Buffer.alloc(40);
  [7, 0, 2, program, version, 0].forEach((word, i) => call.writeUInt32BE(Number(word), i * 4));
  socket.on("error", () => {});
  socket.on("message", (reply) => { console.log(reply.readUInt32BE() === 7 ? "answered" : "odd"); process.exit(); });
  socket.connect(Number(port), host, () => { socket.send(call); setInterval(() => socket.send(call), 200); });
  setTimeout(() => { console.log("no answer from " + host); process.exit(1); }, 5000);`;

async function askFrom(where: readonly string[], host: string, port: number, program: number, version: number) {
  const [command = "", ...rest] = [...where, process.execPath, "-e", caller, host, port, program, version];
  return (await run(String(command), rest.map(String))).output.trim();
}

async function linkLocal(): Promise<string> {
  const pattern = /inet6 (fe80:[0-9a-f:]+)\/64 scope link (?!tentative)/;
  const found = async () => pattern.exec((await run("ip", ["-6", "addr", "show", "dev", "near"])).output)?.[1];
  return `${await until(found, () => "the link-local address")}%there`;
}

peerTest("each address of a machine answers for itself, those that come later too", ["namespace"], async () => {
  await using server = peerService();
  const program = PEER_V1.number;
  const { address } = await server.listen("udp://[::]:0", { accept: "network" });
  assert.ok("port" in address);
  const { port } = address;
  for (const host of ["192.0.2.1", "2001:db8::1", ...second, await linkLocal()]) {
    assert.equal(await askFrom(far, host, port, program, 1), "answered", host);
  }
  for (const host of ["127.0.0.1", "127.0.0.2", "::1", "192.0.2.11"]) {
    assert.equal(await askFrom([], host, port, program, 1), "answered", host);
  }
  addAddress(later);
  assert.equal(await askFrom(far, later, port, program, 1), "answered");
});

peerTest("lupine rpcbind --all answers at each address of its machine", ["namespace"], async () => {
  await using _rpcbind = await lupineRpcbind();
  for (const host of ["192.0.2.1", "2001:db8::1", ...second]) {
    for (const version of host.includes(":") ? [3, 4] : [2, 3, 4]) {
      assert.equal(await askFrom(far, host, 111, 100000, version), "answered", host);
    }
  }
  assert.equal(await askFrom([], "127.0.0.2", 111, 100000, 2), "answered");
});
