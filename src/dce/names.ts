// Registers a server under a name: a directory knows the machine, the machine's endpoint mapper knows the port. Loaded when it is used.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { Directory } from "../directory/index.js";
import type { DceInterface } from "./interface.js";
import { numberOf } from "./program.js";
import { serviceName } from "./service-name.js";

/** Options of `DceServer.registerName`. */
export interface RegisterNameOptions {
  /** The directory, or its URL. Default: that of `openDirectory`. */
  readonly directory?: Directory | string | undefined;
  /** The host name or IP address at which clients reach this machine. */
  readonly machine: string;
  /** Lower numbers are called first, 0 to 65,535. Default 0. */
  readonly priority?: number;
  /** The share of clients among servers of one priority, 1 to 65,535. Default 1. */
  readonly weight?: number;
}

const nameOptions: OptionTable<RegisterNameOptions> = {
  directory: "directory",
  machine: "text",
  priority: "any",
  weight: "any",
};

export async function registerName(
  name: string,
  interfaces: readonly DceInterface[],
  options: RegisterNameOptions,
): Promise<AsyncDisposable> {
  checkOptions(nameOptions, options);
  const { directory: given, machine, ...rank } = options;
  if (typeof machine !== "string" || machine === "") {
    throw new TypeError(
      "options.machine is missing: give the host name or IP address at which clients reach this machine",
    );
  }
  if (interfaces.length === 0) throw new TypeError("there is nothing to register: call implement first");
  const { path } = serviceName(name);
  const { directory, [Symbol.asyncDispose]: close } = await opened(given);
  try {
    const lease = await directory.register(path, { versions: interfaces.map(versionOf), addresses: [machine] }, rank);
    return {
      async [Symbol.asyncDispose]() {
        await lease.withdraw();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function versionOf(program: DceInterface): { program: number; version: number } {
  return { program: numberOf(program), version: program.version };
}

/** The caller's directory stays open. */
async function opened(given: Directory | string | undefined): Promise<{ directory: Directory } & AsyncDisposable> {
  if (typeof given === "object") return { directory: given, [Symbol.asyncDispose]: async () => {} };
  const { openDirectory } = await import("../directory/index.js");
  const directory = await openDirectory(given);
  return { directory, [Symbol.asyncDispose]: () => directory.close() };
}
