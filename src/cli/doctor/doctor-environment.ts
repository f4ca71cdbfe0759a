// `lupine doctor`: checks Node, optional packages, the network interfaces, and the configuration that commands would
// run here.
import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { networkInterfaces } from "node:os";
import { delimiter, join } from "node:path";
import { loadNative } from "../../machine/native.js";
import { findConfig } from "../../project/config-file.js";
import type { Finding } from "./doctor-finding.js";

const [leastMajor, leastMinor] = [20, 19];

export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const text = `Node ${version}`;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return { level: "ok", code: "node", text };
  const needed = `${leastMajor}.${leastMinor}`;
  return { level: "problem", code: "node", text: `${text} is too old`, advice: `install ${needed} or later` };
}

/** Packages and programs that Lupine uses if they are installed. */
export async function checkOptional(): Promise<Finding[]> {
  const native = await loadNative();
  const helper = ["perl", "python3"].find(isOnPath);
  const reserved = mayReserve() ? "may" : "may not";
  return [
    { level: "info", code: "koffi", text: aboutKoffi(native !== undefined) },
    { level: "info", code: "helper", text: aboutHelper(helper, native !== undefined) },
    { level: "info", code: "reserved-port", text: `this user ${reserved} use ports below 1024` },
  ];
}

function aboutKoffi(works: boolean): string {
  if (works) return "koffi is installed: lupine rpcbind uses it to identify its callers";
  if (isInstalled("koffi"))
    return "koffi is installed, but does not work here: lupine rpcbind identifies its callers in another way";
  return "koffi is not installed: lupine rpcbind identifies its callers in another way";
}

function aboutHelper(helper: string | undefined, isSpare: boolean): string {
  if (isSpare)
    return `${helper ?? "neither perl nor python3"} is installed; with koffi, lupine rpcbind does not need it`;
  if (helper !== undefined) return `${helper} is installed: lupine rpcbind starts it to identify its callers`;
  return "neither perl nor python3 is installed: lupine rpcbind cannot identify callers on a Unix socket that all users may open";
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

function isOnPath(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Root may, and every user if Linux is configured that way. */
function mayReserve(): boolean {
  if (process.geteuid?.() === 0) return true;
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8")) < 1024;
  } catch {
    return false;
  }
}

/** The addresses at which other machines reach this one. */
export function outsideAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) =>
    all.filter(({ internal }) => !internal).map(({ address }) => address),
  );
}

export function checkInterfaces(addresses: readonly string[] = outsideAddresses()): Finding {
  if (addresses.length === 0) return { level: "info", code: "interfaces", text: "no interface but loopback is up" };
  const shown = addresses.slice(0, 8).join(", ");
  const more = addresses.length > 8 ? `, and ${addresses.length - 8} more` : "";
  return { level: "info", code: "interfaces", text: `other machines may reach this one at ${shown}${more}` };
}

/** The configuration that commands would run in a folder: it is a program, so nobody else should be able to change it. */
export function checkConfig(folder: string): Finding {
  const found = findConfig(folder);
  if (found === undefined) return { level: "ok", code: "config", text: "no lupine.config file would be run here" };
  const { path, distrust } = found;
  if (distrust !== undefined) {
    const advice = "make it and its folder writable by you alone, or use --config to name it";
    return { level: "warning", code: "config", text: `commands do not run ${path}: ${distrust}`, advice };
  }
  const text = path.endsWith(".json")
    ? `${path} is data, and is not run`
    : `${path} can be changed by you alone; commands run it as you`;
  return { level: "ok", code: "config", text };
}
