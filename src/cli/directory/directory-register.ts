// `lupine directory register`: holds a lease for a server that does not use directories itself, for example one in C.
import { setTimeout as sleep } from "node:timers/promises";
import type { Directory, Lease, ProgramVersion, ServiceDescription } from "../../directory/index.js";
import { firstSignal } from "../binder/daemon.js";
import { programNames, programNumber } from "../call/program-names.js";
import { CommandError, note, printJson } from "../output.js";
import { type AskOptions, checkedPath, open } from "./directory-ask.js";
import { RunningServer, refusalAt } from "./directory-server.js";

export interface RegisterOptions extends AskOptions {
  readonly program: readonly string[];
  /** Milliseconds. */
  readonly lease: number;
  readonly priority: number;
  readonly weight: number;
  /** True: withdraw the lease while nothing listens there. */
  readonly probe: boolean;
}

/** Milliseconds between checks whether the server listens. */
const probeInterval = 1_000;

/** `words`: the addresses, and the words after `--`. */
export async function register(path: string, words: readonly string[], options: RegisterOptions): Promise<void> {
  const command = commandOf(process.argv);
  const addresses = words.slice(0, words.length - command.length);
  if (addresses.length === 0) throw new CommandError("USAGE", "an address is missing: where the server listens");
  await checkedPath(path);
  const versions = await versionsOf(options.program);
  const stopped = firstSignal();
  await using directory = await open(options);
  const server = command.length === 0 ? undefined : new RunningServer(command);
  try {
    const over = Promise.race([stopped, server?.ended ?? new Promise<never>(() => {})]);
    await server?.listens(addresses, options.timeout, stopped);
    await hold({ directory, path, service: { versions, addresses }, options, over });
  } finally {
    process.exitCode = (await server?.stop()) ?? 0;
  }
}

interface Holding {
  readonly directory: Directory;
  readonly path: string;
  readonly service: ServiceDescription;
  readonly options: RegisterOptions;
  /** Resolves when the lease is to end. */
  readonly over: Promise<unknown>;
}

/** Holds the lease until it ends; while nothing listens there, the lease is withdrawn. */
async function hold({ directory, path, service, options, over }: Holding): Promise<void> {
  const { lease, priority, weight, json } = options;
  const onTrouble = (error: Error | undefined): void => note(error?.message ?? `registered again at ${path}`);
  const take = () => directory.register(path, service, { lease, priority, weight, onTrouble });
  let held: Lease | undefined = await take();
  if (json) printJson({ path, id: held.id, directory: directory.name });
  else note(`registered ${service.addresses.join(" ")} at ${path} in the ${directory.name}`);
  const ended = new AbortController();
  over.then(() => ended.abort());
  for (;;) {
    // This timer keeps the process alive while the lease is withdrawn.
    await sleep(probeInterval, undefined, { signal: ended.signal }).catch(() => undefined);
    if (ended.signal.aborted) break;
    const refusal = options.probe ? await refusalAt(service.addresses) : undefined;
    if (refusal !== undefined && held !== undefined) {
      await held.withdraw();
      held = undefined;
      note(`withdrawn from ${path}: ${refusal.message}`);
    } else if (refusal === undefined && held === undefined) {
      held = await take().catch((error: Error) => void note(error.message));
      if (held !== undefined) note(`registered again at ${path}`);
    }
  }
  await held?.withdraw();
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
