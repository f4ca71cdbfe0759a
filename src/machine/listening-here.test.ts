import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { listeningHere } from "./listening-here.js";

/** Opens and closes UDP sockets without end. */
const churn = `
const { createSocket } = require("node:dgram");
const open = [];
const next = () => {
  const socket = createSocket("udp4").on("error", () => {}).bind(0, "127.0.0.1", () => {
    open.push(socket);
    if (open.length > 40) open.shift().close();
    if (open.length === 40) process.stdout.write("x");
    next();
  });
};
next();`;

test("no server is missed while others open and close sockets", {
  skip: process.platform !== "linux" && "only Linux lists who listens",
}, async (t) => {
  const servers: Socket[] = [];
  for (let i = 0; i < 60; i++) {
    const socket = createSocket("udp4");
    servers.push(socket);
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  }
  const places = servers.map((socket) => `udp:${socket.address().port}`);
  const child = spawn(process.execPath, ["-e", churn], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => {
    child.kill("SIGKILL");
    for (const socket of servers) socket.close();
  });
  await once(child.stdout, "data");
  // One reading of four lacked a server.
  for (let look = 0; look < 40; look++) {
    const listening = await listeningHere(places);
    assert.deepEqual(
      places.filter((place) => !listening.has(place)),
      [],
    );
  }
});
