// The interface to systemd: listening sockets that it passes (LISTEN_FDS), and the notification that the server is ready.
import { readFileSync, readlinkSync } from "node:fs";
import { endianness } from "node:os";
import type { Address } from "./address.js";

/** A socket that another process, such as systemd, has bound; a stream socket also listens already. */
export interface InheritedSocket {
  /** The file descriptor: the `fd` option of `server.listen`. */
  readonly fd: number;
  /** The address that it is bound to. */
  readonly address: Address;
}

const firstDescriptor = 3;

/**
 * Returns the sockets of the systemd unit `NAME.socket` that this process was started with (sd_listen_fds(3)), in the unit's
 * order: TCP, UDP and Unix stream sockets. Sockets of other kinds are left out. Empty if systemd passed none, and on systems
 * other than Linux.
 * @example
 * await using server = new Server();
 * for (const { fd, address } of inheritedSockets()) {
 *   await server.listen(address, { fd, accept: "network" });
 * }
 */
export function inheritedSockets(environment: NodeJS.ProcessEnv = process.env): InheritedSocket[] {
  const { LISTEN_PID: pid, LISTEN_FDS: count = "0" } = environment;
  if (pid !== String(process.pid) || !/^\d{1,3}$/.test(count)) return [];
  return Array.from({ length: Number(count) }, (_, i) => firstDescriptor + i).flatMap((fd) => {
    const address = addressOf(fd);
    return address === undefined ? [] : [{ fd, address }];
  });
}

/** The address that a descriptor is bound to, from /proc: Node does not report the kind of a socket. */
function addressOf(fd: number): Address | undefined {
  const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/self/fd/${fd}`))?.[1];
  if (inode === undefined) return undefined;
  for (const kind of ["tcp", "udp"] as const) {
    for (const isVersion6 of [false, true]) {
      const columns = rowOf(`/proc/self/net/${kind}${isVersion6 ? "6" : ""}`, 9, inode);
      if (columns !== undefined) return internetAddress(kind, columns[1] ?? "", isVersion6);
    }
  }
  const path = rowOf("/proc/self/net/unix", 6, inode)?.[7];
  return path === undefined ? undefined : { kind: "unix", path };
}

/** The columns of the line that has `inode` in this column. */
function rowOf(file: string, column: number, inode: string): string[] | undefined {
  const rows = read(file)
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  return rows.find((columns) => columns[column] === inode);
}

/** "0100007F:006F": each 32-bit word of the address in the machine's own order. */
function internetAddress(kind: "tcp" | "udp", text: string, isVersion6: boolean): Address {
  const [host = "", port = ""] = text.split(":");
  const words = host.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => {
    const inOrder = [0, 2, 4, 6].map((at) => Number.parseInt(word.slice(at, at + 2), 16));
    return endianness() === "LE" ? inOrder.reverse() : inOrder;
  });
  return { kind, host: isVersion6 ? version6Text(bytes) : bytes.join("."), port: Number.parseInt(port, 16) };
}

function version6Text(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/**
 * Reports to systemd that the server is ready, for units with `Type=notify` and `NotifyAccess=all`. Runs the command
 * `systemd-notify`, because Node cannot send to that kind of socket.
 * @returns true if systemd was notified; false if it did not start this process with `Type=notify`, or if the command is
 * missing or fails. Never rejects.
 * @example
 * await using server = new Server();
 * await server.listen("tcp://127.0.0.1:0", { accept: "local" });
 * console.log(await notifyReady()); // false
 */
export async function notifyReady(environment: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  if (environment["NOTIFY_SOCKET"] === undefined) return false;
  const { spawn } = await import("node:child_process");
  return new Promise((resolve) => {
    const child = spawn("systemd-notify", ["--ready", `--pid=${process.pid}`], { stdio: "ignore", env: environment });
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
