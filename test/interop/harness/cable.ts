// Two machines for a test file: its own network namespace, and another that a virtual cable leads to.
import { spawnSync } from "node:child_process";
import { type Running, start } from "./processes.js";

/** What to put before a command to run it on the far machine. */
export const far = ["ip", "netns", "exec", "far"] as const;

/** Near is 192.0.2.1 and 2001:db8::1, far is 192.0.2.2 and 2001:db8::2, on a network of their own. */
export function layCable(): void {
  const commands = [
    "ip netns add far",
    "ip link add near type veth peer name there netns far",
    "ip addr add 192.0.2.1/24 brd + dev near",
    "ip addr add 2001:db8::1/64 dev near nodad",
    "ip link set near up",
    "ip netns exec far ip addr add 192.0.2.2/24 brd + dev there",
    "ip netns exec far ip addr add 2001:db8::2/64 dev there nodad",
    "ip netns exec far ip link set there up",
    "ip netns exec far ip link set lo up",
  ];
  for (const command of commands) spawnSync("sh", ["-c", command], { stdio: "inherit" });
}

/** Nothing arrives any more at either end, and no error comes back: what is sent goes to a card that nobody has. */
export function cutCable(): void {
  for (const [before, host, device] of ends) {
    const nobody = `${before} ip neigh replace ${host} lladdr 02:00:00:00:00:01 dev ${device} nud permanent`;
    spawnSync("sh", ["-c", nobody], { stdio: "inherit" });
  }
}

export function mendCable(): void {
  for (const [before, host, device] of ends) {
    spawnSync("sh", ["-c", `${before} ip neigh del ${host} dev ${device}`], { stdio: "inherit" });
  }
}

const ends = [
  ["", "192.0.2.2", "near"],
  [far.join(" "), "192.0.2.1", "there"],
] as const;

/** A program on the far machine, with a /run of its own. */
export function startFar(...command: readonly string[]): Running {
  const script = 'mount -t tmpfs tmpfs /run && exec "$@"';
  return start("ip", [...far.slice(1), "unshare", "-m", "sh", "-c", script, "sh", ...command]);
}
