// Whose process is at the other end of a Unix socket. The system knows (SO_PEERCRED) but Node cannot ask it, so another
// program is handed the socket and asks.
import { spawn } from "node:child_process";

/** The first that is installed is used. Each prints the user's number of the socket that is its standard input. */
const askers: readonly (readonly [string, ...string[]])[] = [
  ["perl", "-MSocket", "-e", 'print((unpack("iII", getsockopt(STDIN, SOL_SOCKET, SO_PEERCRED)))[1])'],
  [
    "python3",
    "-Ic",
    "import socket,struct;print(struct.unpack('iII',socket.socket(fileno=0).getsockopt(socket.SOL_SOCKET,socket.SO_PEERCRED,12))[1])",
  ],
];

/** Programs that run at once; connections that wait for one; milliseconds that one may take. */
const atOnce = 4;
const mostWaiting = 1_024;
const timeout = 2_000;

/** The number of an open socket of this process; undefined once it is closed. */
export type Descriptor = () => number | undefined;

export class SocketUsers {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Undefined where nobody can tell: no such program, or the caller is gone. Never rejects. */
  async of(descriptor: Descriptor): Promise<number | undefined> {
    if (this.#running >= atOnce) {
      if (this.#waiting.length >= mostWaiting) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
    try {
      for (const asker of askers) {
        const answer = await ask(asker, descriptor);
        if (answer !== "no such program") return answer;
      }
      return undefined;
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}

function ask(
  [command, ...args]: readonly [string, ...string[]],
  descriptor: Descriptor,
): Promise<number | undefined | "no such program"> {
  return new Promise((resolve) => {
    // Read at the last moment: a closed socket's number may be another's already.
    const socket = descriptor();
    if (socket === undefined) return resolve(undefined);
    const env = { PATH: "/usr/bin:/bin" };
    const child = spawn(command, args, { stdio: [socket, "pipe", "ignore"], env, timeout, killSignal: "SIGKILL" });
    let said = "";
    child.stdout?.setEncoding("latin1").on("data", (text: string) => {
      said += text;
    });
    child.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code === "ENOENT" ? "no such program" : undefined);
    });
    child.once("close", () => resolve(/^\d+$/.test(said.trim()) ? Number(said) : undefined));
  });
}
