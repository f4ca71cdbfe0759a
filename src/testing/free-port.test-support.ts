// Ports for programs of tests that must know their port before they listen, or that must find nobody there.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

const lowest = 10_000;

/**
 * A port of 127.0.0.1 that is free now, over TCP and UDP. It is not one of those that the system gives to connections and to servers that
 * listen on port 0: other tests would get it before it is used.
 */
export async function freePort(): Promise<number> {
  const above = firstGiven();
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (above - lowest));
    if (await isFree(port)) return port;
  }
}

/** The first of the ports that the system gives. */
function firstGiven(): number {
  try {
    const given = Number.parseInt(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8"), 10);
    if (given > lowest + 1_000) return given;
  } catch {
    // Not Linux.
  }
  return 32_768;
}

async function isFree(port: number): Promise<boolean> {
  const tcp = createServer();
  const udp = createSocket("udp4");
  try {
    tcp.listen(port, "127.0.0.1");
    await once(tcp, "listening");
    udp.bind(port, "127.0.0.1");
    await once(udp, "listening");
    return true;
  } catch {
    return false;
  } finally {
    await Promise.all([
      new Promise((resolve) => tcp.close(resolve)),
      new Promise<void>((resolve) => udp.close(resolve)),
    ]);
  }
}
