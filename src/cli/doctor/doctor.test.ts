import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { checkInterfaces, checkNode } from "./doctor-environment.js";
import { type Audience, type Listening, listening } from "./doctor-listening.js";
import { checkOwnPorts, checkServices } from "./doctor-services.js";

function ports(audiences: Readonly<Record<string, Audience>>): Listening {
  return new Map(Object.entries(audiences).map(([place, audience]) => [place, new Set([audience])]));
}

test("Node is too old below 20.19", () => {
  for (const version of ["18.20.0", "20.18.3"]) assert.equal(checkNode(version).level, "problem", version);
  for (const version of ["20.19.0", "22.0.0", "26.1.0"]) assert.equal(checkNode(version).level, "ok", version);
});

test("the audience of a port is what it is bound to", { skip: process.platform !== "linux" }, async () => {
  const open = createServer().listen(0, "0.0.0.0");
  const closed = createServer().listen(0, "127.0.0.1");
  await Promise.all([once(open, "listening"), once(closed, "listening")]);
  const datagrams = createSocket("udp4").bind(0, "127.0.0.1");
  await once(datagrams, "listening");
  const ports = await listening();
  const portOf = (server: { address(): unknown }): number => (server.address() as { port: number }).port;
  assert.deepEqual([...(ports?.get(`tcp:${portOf(open)}`) ?? [])], ["any"]);
  assert.deepEqual([...(ports?.get(`tcp:${portOf(closed)}`) ?? [])], ["loopback"]);
  assert.deepEqual([...(ports?.get(`udp:${portOf(datagrams)}`) ?? [])], ["loopback"]);
  open.close();
  closed.close();
  datagrams.close();
});

test("a binder that other machines reach is warned of, and one for this machine is not", () => {
  const open = checkOwnPorts(ports({ "tcp:111": "any", "udp:111": "other" }));
  assert.deepEqual(
    open.map(({ level, code }) => [level, code]),
    [["warning", "binder-open"]],
  );
  assert.match(open[0]?.text ?? "", /rpcbind answers other machines at tcp and udp port 111/);
  assert.deepEqual(checkOwnPorts(ports({ "tcp:111": "loopback" })), []);
  assert.deepEqual(checkOwnPorts(undefined), []);
});

test("many addresses of interfaces are counted, not listed", () => {
  assert.match(checkInterfaces([]).text, /no interface but loopback/);
  assert.match(checkInterfaces(Array.from({ length: 11 }, (_, i) => `192.0.2.${i}`)).text, /192\.0\.2\.7, and 3 more$/);
});

test("programs that do not answer take a bounded time, however many are registered", async () => {
  let count = 0;
  const silent = createServer((socket) => {
    count++;
    socket.resume().on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  const address = `0.0.0.0.${port >> 8}.${port & 255}`;
  const entries = Array.from({ length: 200 }, (_, i) => {
    return { program: 0x2000_0000 + i, version: 1, netid: "tcp", address, owner: "1000" };
  });
  const findings = await checkServices(entries, ports({ [`tcp:${port}`]: "any" }), new Map(), { one: 10, all: 100 });
  silent.close();
  // Two questions a program, of 10 ms each.
  assert.ok(count > 0 && count <= 12, `${count} connections`);
  assert.equal(findings.filter(({ code }) => code === "service-open").length, 200);
  assert.match(findings.at(-1)?.text ?? "", /^19\d programs were not asked/);
});
