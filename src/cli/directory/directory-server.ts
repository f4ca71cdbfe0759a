// A server that is registered by this command: whether it runs, and whether something listens at its addresses.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Address, HostAddress } from "../../transport/address.js";
import { CommandError, ExitCode, note } from "../output.js";

/** The server process. It shares this command's standard input and output. */
export class RunningServer {
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  readonly #command: string;
  #code: number | undefined;

  constructor([command = "", ...args]: readonly string[]) {
    this.#command = command;
    this.#child = spawn(command, args, { stdio: "inherit" });
    this.ended = new Promise((resolve) => {
      const end = (code: number): void => {
        this.#code ??= code;
        resolve(this.#code);
      };
      this.#child.once("exit", (code, signal) => end(code ?? 128 + (signal ? constants.signals[signal] : 0)));
      this.#child.once("error", (error) => {
        note(`lupine: cannot run ${command}: ${error.message}`);
        end(ExitCode.USAGE);
      });
    });
  }

  /** Resolves when something accepts connections at the server's addresses. @throws CommandError */
  async listens(addresses: readonly string[], timeout: number, stopped: Promise<unknown>): Promise<void> {
    let isStopped = false;
    stopped.then(() => (isStopped = true));
    const { parseAddress } = await import("../../transport/index.js");
    const end = performance.now() + timeout;
    for (const address of addresses.map(parseAddress).filter(isStream)) {
      for (let failure = await failureAt(address); failure !== undefined; failure = await failureAt(address)) {
        const exitCode = ExitCode.FAILED;
        if (this.#code !== undefined) {
          const message = `${this.#command} ended before it listened, with ${this.#code}`;
          throw new CommandError("SERVER_ENDED", message, { exitCode: (this.#code as ExitCode) || exitCode });
        }
        if (performance.now() > end) throw new CommandError("SERVER_SILENT", failure.message, { exitCode });
        if (isStopped) return;
        await sleep(50);
      }
    }
  }

  /** Asks it to end, if it is running. @returns its exit code; 0 if it ended because it was asked to. */
  async stop(): Promise<number> {
    if (this.#code !== undefined) return this.#code;
    this.#child.kill("SIGTERM");
    await this.ended;
    return 0;
  }
}

/** The error if nothing can listen at one of the addresses. No answer is not an error. */
export async function refusalAt(addresses: readonly string[]): Promise<Error | undefined> {
  const { parseAddress } = await import("../../transport/index.js");
  for (const address of addresses.map(parseAddress).filter(isStream)) {
    const failure = await failureAt(address);
    const { code } = (failure?.cause ?? {}) as NodeJS.ErrnoException;
    if (code === "ECONNREFUSED" || code === "ENOENT") return failure;
  }
  return undefined;
}

function isStream(address: Address | HostAddress): address is Address {
  return address.kind === "unix" || address.kind === "tcp";
}

/** Tries to connect. @returns the error, or undefined if the connection was made. */
async function failureAt(address: Address): Promise<Error | undefined> {
  const { openConnection } = await import("../../transport/index.js");
  try {
    const connection = await openConnection(address, { timeout: 1_000 });
    connection.destroy();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
