// `lupine directory list`, `lookup` and `watch`: questions to any directory.
import { printable } from "../../base/quote.js";
import type { Directory, ServiceEntry } from "../../directory/index.js";
import { firstSignal } from "../binder/daemon.js";
import { columns } from "../binder/info-options.js";
import { programNames } from "../call/program-names.js";
import { CommandError, ExitCode, note, printJson, printResult } from "../output.js";
import { type TlsFlags, tlsOf } from "../tls-flags.js";

export interface AskOptions extends TlsFlags {
  readonly directory?: string;
  readonly secretFile?: string;
  /** Milliseconds for one question. */
  readonly timeout: number;
  readonly json?: true;
}

export async function listServices(folder: string, options: AskOptions): Promise<void> {
  const { checkFolder } = await import("../../directory/path.js");
  checkFolder(folder);
  await using directory = await open(options);
  const paths = await directory.list(folder, { timeout: options.timeout });
  if (options.json) printJson(paths);
  else if (paths.length > 0) printResult(paths.map((path) => printable(path)).join("\n"));
  else note(`nothing is registered at ${folder} or below (${directory.name})`);
}

export async function lookUpService(path: string, options: AskOptions): Promise<void> {
  await checkedPath(path);
  await using directory = await open(options);
  const entries = await directory.lookup(path, { timeout: options.timeout });
  if (options.json) printJson(entries);
  else if (entries.length > 0) printResult(await tableOf(entries));
  if (entries.length > 0) return;
  const message = `no server of ${path} is registered in the ${directory.name}: lupine directory list shows the registered services`;
  throw new CommandError("DIRECTORY_NO_SERVER", message, { exitCode: ExitCode.NO_CONTACT });
}

export async function watchService(path: string, options: AskOptions): Promise<void> {
  const service = await checkedPath(path);
  const stopped = firstSignal();
  const ended = new AbortController();
  stopped.then(() => ended.abort());
  try {
    await using directory = await open(options, ended.signal);
    const settings = { timeout: options.timeout, signal: ended.signal };
    await using _watch = await directory.engine.watch(service, show(options), settings);
    await stopped;
  } catch (error) {
    // A question that was given up at the signal is no failure.
    if (!ended.signal.aborted) throw error;
  }
}

/** Opens the directory that was named. @throws DirectoryError */
export async function open(
  { directory, secretFile, timeout, ...flags }: AskOptions,
  signal?: AbortSignal,
): Promise<Directory> {
  const { openDirectory, readSecrets } = await import("../../directory/index.js");
  const [secret] = secretFile === undefined ? [] : readSecrets(secretFile);
  return openDirectory(directory, { timeout, signal, secret, tls: tlsOf(flags) });
}

/** Checks the path first: an invalid one is the caller's mistake, even if no directory can be reached. */
export async function checkedPath(path: string): Promise<string> {
  const { checkPath } = await import("../../directory/path.js");
  return checkPath(path);
}

/** Prints each state: as JSON, or as lines for servers that joined and left. */
function show({ json }: AskOptions): (entries: readonly ServiceEntry[]) => void {
  let before: ReadonlyMap<string, string> | undefined;
  return (entries) => {
    if (json) return printJson(entries);
    const now = new Map(entries.map((entry) => [entry.id, entry.addresses.join(" ")]));
    const came = [...now].filter(([id, addresses]) => before?.get(id) !== addresses).map(([, one]) => `+ ${one}`);
    const went = [...(before ?? [])].filter(([id]) => !now.has(id)).map(([, one]) => `- ${one}`);
    const time = new Date().toLocaleTimeString();
    const count = now.size === 1 ? "1 server" : `${now.size} servers`;
    printResult([`${time}  ${count}`, ...went, ...came].map((line) => printable(line)).join("\n  "));
    before = now;
  };
}

async function tableOf(entries: readonly ServiceEntry[]): Promise<string> {
  const names = await programNames();
  const rows = entries.map(({ id, versions, addresses, priority = 0, weight = 1 }) => {
    const programs = versions.map(({ program, version }) => `${names.get(program) ?? program}.${version}`);
    return [addresses.join(" "), programs.join(" "), String(priority), String(weight), id];
  });
  return columns([["addresses", "programs", "priority", "weight", "id"], ...rows]);
}
