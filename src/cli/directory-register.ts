// `lupine directory register`: holds a lease for a server that knows nothing of directories, written in C for one.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProgramVersion } from "../directory/index.js";
import type { Address, HostAddress } from "../transport/address.js";
import { firstSignal } from "./daemon.js";
import { type AskOptions, open } from "./directory-ask.js";
import { CommandError, ExitCode, note, printResult } from "./output.js";
import { programNames, programNumber } from "./program-names.js";

export interface RegisterOptions extends AskOptions {
  readonly program: readonly string[];
  /** Milliseconds. */
  readonly lease: number;
  readonly priority: number;
  readonly weight: number;
}

/** `words`: the addresses, and what stands after `--`. */
export async function register(path: string, words: readonly string[], options: RegisterOptions): Promise<void> {
  const command = commandOf(process.argv);
  const addresses = words.slice(0, words.length - command.length);
  if (addresses.length === 0) throw new CommandError("USAGE", "an address is missing: where the server listens");
  const versions = await versionsOf(options.program);
  const stopped = firstSignal();
  await using directory = await open(options);
  const server = command.length === 0 ? undefined : new Running(command);
  try {
    await server?.listens(addresses, options.timeout);
    const { lease, priority, weight } = options;
    const onTrouble = (error: Error | undefined): void => note(error?.message ?? `registered again at ${path}`);
    const held = await directory.register(path, { versions, addresses }, { lease, priority, weight, onTrouble });
    if (options.json) printResult(JSON.stringify({ path, id: held.id, directory: directory.name }));
    else note(`registered ${addresses.join(" ")} at ${path} in the ${directory.name}`);
    await Promise.race([stopped, server?.ended ?? new Promise(() => {})]);
    await held.withdraw();
  } finally {
    process.exitCode = (await server?.stop()) ?? 0;
  }
}

function commandOf(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end < 0 ? [] : argv.slice(end + 1);
}

/** @throws CommandError */
async function versionsOf(texts: readonly string[]): Promise<ProgramVersion[]> {
  const names = await programNames();
  return texts.map((text) => {
    const parts = /^(.+)\.(\d{1,10})$/.exec(text);
    const program = programNumber(parts?.[1] ?? "", names);
    const version = Number(parts?.[2]);
    if (program !== undefined && version <= 0xffff_ffff) return { program, version };
    throw new CommandError("USAGE", `--program ${text}: write it like 300123.1, or nfs.3 with a name of /etc/rpc`);
  });
}

/** The server that is registered while it runs. It has this command's standard input and output. */
class Running {
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

  /** Resolves when something accepts connections where the server is to listen. @throws CommandError */
  async listens(addresses: readonly string[], timeout: number): Promise<void> {
    const { parseAddress } = await import("../transport/index.js");
    const end = performance.now() + timeout;
    for (const address of addresses.map(parseAddress).filter(isStream)) {
      for (let failure = await failureAt(address); failure !== undefined; failure = await failureAt(address)) {
        const exitCode = ExitCode.FAILED;
        if (this.#code !== undefined) {
          throw new CommandError("SERVER_ENDED", `${this.#command} ended before it listened`, { exitCode });
        }
        if (performance.now() > end) throw new CommandError("SERVER_SILENT", failure.message, { exitCode });
        await sleep(50);
      }
    }
  }

  /** Asks it to end, if it runs still. @returns its exit code; 0 when it ended because it was asked to. */
  async stop(): Promise<number> {
    if (this.#code !== undefined) return this.#code;
    this.#child.kill("SIGTERM");
    await this.ended;
    return 0;
  }
}

function isStream(address: Address | HostAddress): address is Address {
  return address.kind === "unix" || address.kind === "tcp";
}

/** Why nobody can connect there; undefined when somebody can. */
async function failureAt(address: Address): Promise<Error | undefined> {
  const { openConnection } = await import("../transport/index.js");
  try {
    const connection = await openConnection(address, { timeout: 1_000 });
    connection.destroy();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
