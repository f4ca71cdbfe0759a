// The interface to systemd: listening sockets that it passes (LISTEN_FDS), and the notification that the server is ready.
import { readlinkSync } from "node:fs";
import { fromListed, readSocketList } from "./proc-net.js";

/** The address of a socket, of the kinds that systemd passes. */
export type BoundAddress =
  | { readonly kind: "tcp" | "udp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** A socket that another process, such as systemd, has bound; a stream socket also listens already. */
export interface InheritedSocket {
  /** The file descriptor: the `fd` option of `server.listen`. */
  readonly fd: number;
  /** The address that it is bound to. */
  readonly address: BoundAddress;
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

/** The address of a descriptor, from /proc: Node does not report the kind of a socket. */
function addressOf(fd: number): BoundAddress | undefined {
  const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/self/fd/${fd}`))?.[1];
  if (inode === undefined) return undefined;
  for (const kind of ["tcp", "udp"] as const) {
    const columns = rowOf(kind, 9, inode) ?? rowOf(`${kind}6`, 9, inode);
    if (columns !== undefined) return { kind, ...fromListed(columns[1] ?? "") };
  }
  const path = rowOf("unix", 6, inode)?.[7];
  return path === undefined ? undefined : { kind: "unix", path };
}

/** The columns of the line whose inode column is `inode`. */
function rowOf(list: string, column: number, inode: string): string[] | undefined {
  const rows = readSocketList(list)
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  return rows.find((columns) => columns[column] === inode);
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

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
