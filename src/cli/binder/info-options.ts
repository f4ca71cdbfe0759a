// Shared by all modes of `lupine info`: options, words, and asking the binder.
import type { BinderEntry } from "../../binding/index.js";
import type { Address } from "../../transport/address.js";
import { CommandError, ExitCode } from "../output.js";
import { type TlsFlags, tlsOf } from "../tls-flags.js";

export interface InfoOptions extends TlsFlags {
  readonly health?: true;
  readonly brief?: true;
  readonly ports?: true;
  readonly stats?: true;
  readonly addresses?: true;
  readonly tcp?: true;
  readonly udp?: true;
  readonly transport?: string;
  readonly port?: number;
  readonly address?: string;
  readonly broadcast?: true;
  readonly interfaces?: readonly string[];
  readonly delete?: true;
  /** Milliseconds, or true if no time was given. */
  readonly watch?: number | true;
  readonly rpcbind?: string;
  /** Milliseconds for one question. */
  readonly timeout: number;
  readonly json?: true;
}

export type Names = ReadonlyMap<number, string>;

/** A program, and maybe one version of it. */
export interface Wanted {
  readonly program: number;
  readonly version: number | undefined;
  readonly names: Names;
}

/** Reads PROGRAM [VERSION]. @throws CommandError */
export async function wantedOf(program: string | undefined, version: string | undefined): Promise<Wanted> {
  if (program === undefined) {
    throw new CommandError("USAGE", "a program is missing: its number, or its name (lupine info --help)");
  }
  const { programNames, programNumber } = await import("../call/program-names.js");
  const names = await programNames();
  const number = programNumber(program, names);
  if (number === undefined) {
    throw new CommandError("NO_SUCH_PROGRAM", `"${program}" is not a program number or a name in /etc/rpc`);
  }
  if (version !== undefined && !(/^\d{1,10}$/.test(version) && Number(version) <= 0xffff_ffff)) {
    throw new CommandError("BAD_VERSION", `"${version}" is not a version number`);
  }
  return { program: number, version: version === undefined ? undefined : Number(version), names };
}

/** Like `wantedOf`, but a version is required. @throws CommandError */
export async function versionOf(program: string | undefined, version: string | undefined) {
  const wanted = await wantedOf(program, version);
  if (wanted.version === undefined) throw new CommandError("USAGE", "a version is missing: lupine info --help");
  return { ...wanted, version: wanted.version };
}

/** Everything that the host's binder knows, sorted. @throws CommandError if no binder answers. */
export async function listOf(
  host: string,
  options: InfoOptions,
): Promise<{ readonly binder: string; readonly entries: readonly BinderEntry[] }> {
  const { listRegistrations } = await import("../../binding/index.js");
  const { rpcbind, timeout } = options;
  const tls = tlsOf(options, host);
  const { binder, entries } = await noContact(listRegistrations(host, { rpcbind, timeout, tls }));
  return { binder, entries: [...entries].sort(byNumber) };
}

/** The address at which the host's binder answers. @throws CommandError if no binder answers. */
export async function binderOf(host: string, options: InfoOptions): Promise<Address> {
  const { rpcbind, timeout } = options;
  const { askBinders, binderAddresses, parseBinderAddress } = await import("../../binding/index.js");
  const addresses = rpcbind === undefined ? binderAddresses(host, "tcp") : [parseBinderAddress(rpcbind)];
  return noContact(
    askBinders(addresses, { host, timeout, tls: tlsOf(options, host) }, async (binder) => {
      await binder.probe();
      return binder.address;
    }),
  );
}

async function noContact<T>(work: Promise<T>): Promise<T> {
  const { BindingError } = await import("../../binding/index.js");
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof BindingError)) throw error;
    throw new CommandError(error.code, error.message, { cause: error, exitCode: ExitCode.NO_CONTACT });
  }
}

function byNumber(a: BinderEntry, b: BinderEntry): number {
  return a.program - b.program || a.version - b.version || (a.netid < b.netid ? -1 : 1);
}

/** The entries of each program, in their order. */
export function byProgram(entries: readonly BinderEntry[]): Map<number, BinderEntry[]> {
  const groups = new Map<number, BinderEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.program);
    if (group === undefined) groups.set(entry.program, [entry]);
    else group.push(entry);
  }
  return groups;
}

/** "100003 (nfs)". */
export function titleOf(program: number, names: Names): string {
  const name = names.get(program);
  return name === undefined ? String(program) : `${program} (${name})`;
}

/** Columns of text. The first row is the heading. Escapes text from the binder, which may contain control sequences. */
export function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replace(/[^\x20-\x7e]/g, "?")));
  const widths = cells[0]?.map((_, column) => cells.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** TLS runs only over TCP. */
export function overTcp(entries: readonly BinderEntry[]): BinderEntry[] {
  return entries.filter(({ netid }) => netid.startsWith("tcp"));
}
