// One peer's server and client as processes of their own, kept for all rounds so that both are warm.
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { BenchPeer } from "./peers.js";
import type { Row, Setting } from "./rows.js";

type Process = ChildProcessByStdio<Writable, Readable, null>;

const running = new Set<Process>();
process.once("exit", () => {
  for (const each of running) each.kill("SIGKILL");
});

/** Where servers listen that cannot choose a free port of their own. */
let nextPort = 31_900;

export class Pair {
  readonly #server: Process;
  readonly #client: Process;
  readonly #answers: AsyncIterator<string>;

  private constructor(server: Process, client: Process, answers: AsyncIterator<string>) {
    this.#server = server;
    this.#client = client;
    this.#answers = answers;
  }

  /** Starts the server, waits until it listens, and starts the client. */
  static async start(peer: BenchPeer, protocol: Row["protocol"], setting: Setting = "plain"): Promise<Pair> {
    const given = nextPort++;
    const server = launch([...peer.server(protocol, given), setting]);
    const first = await within(10_000, lines(server).next(), `${peer.name}'s server did not start`);
    const client = launch([...peer.client(protocol, Number(first.value) || given), setting]);
    return new Pair(server, client, lines(client));
  }

  /** @returns calls a second. */
  async measure({ load, oneCore }: Row, milliseconds: number): Promise<number> {
    for (const { pid } of [this.#server, this.#client]) pin(pid as number, oneCore);
    this.#client.stdin.write(`${load.kind} ${load.depth} ${load.size} ${milliseconds}\n`);
    const { value } = await within(milliseconds + 10_000, this.#answers.next(), "a client did not answer");
    const [calls, nanoseconds] = String(value).split(" ").map(Number);
    if (!calls || !nanoseconds) throw new Error(`a client answered ${value}`);
    return (calls / nanoseconds) * 1e9;
  }

  stop(): void {
    this.#client.kill("SIGKILL");
    this.#server.kill("SIGKILL");
  }
}

/** Whether processes can be bound to a core here. */
export const canPin = spawnSync("taskset", ["--version"]).status === 0;

function pin(pid: number, oneCore: boolean): void {
  if (canPin) spawnSync("taskset", ["-a", "-c", "-p", oneCore ? "0" : "0,1", String(pid)], { stdio: "ignore" });
}

function launch([command, ...args]: readonly string[]): Process {
  const child = spawn(command as string, args, { stdio: ["pipe", "pipe", "inherit"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

function lines(child: Process): AsyncIterator<string> {
  const reader: Interface = createInterface({ input: child.stdout });
  return reader[Symbol.asyncIterator]();
}

async function within<T>(milliseconds: number, work: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise} within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
