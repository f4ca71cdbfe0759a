// Creates a server's entry in the directory, and checks it before any engine receives it.

import { checkOptions, type OptionTable } from "../base/check-options.js";
import { texts } from "../base/option-kinds.js";
import { randomName } from "../base/random-bytes.js";
import type { Server } from "../server/server.js";
import { formatAddress, parseAddress } from "../transport/address.js";
import {
  defaultLease,
  highestRank,
  longestAddress,
  longestLease,
  mostAddresses,
  mostVersions,
  type ProgramVersion,
  type ServiceEntry,
  shortestLease,
} from "./engine.js";
import { DirectoryError } from "./errors.js";

/** Describes a server that is not a Server of this package, such as a program in C. */
export interface ServiceDescription {
  /** The program versions that it implements. */
  readonly versions: readonly ProgramVersion[];
  /** Its addresses, as in `ServiceEntry.addresses`. */
  readonly addresses: readonly string[];
}

/** Options of `directory.register`. */
export interface RegisterServiceOptions {
  /**
   * Milliseconds after which a server that stops renewing its lease is removed, 500 to 3,600,000. Default 3000
   * (`defaultLease`).
   */
  readonly lease?: number | undefined;
  /**
   * The addresses to register, `["tcp://time.example.org:2049"]`, or the machine alone, `["10.0.0.7"]`: clients then ask its
   * binder. Default: the addresses on which the server listens.
   */
  readonly addresses?: readonly string[] | undefined;
  /** 0 to 65,535; lower numbers are called first. Default 0. */
  readonly priority?: number | undefined;
  /** The share of calls among servers of one priority, 1 to 65,535. Default 1. */
  readonly weight?: number | undefined;
  /**
   * Called with an error when the registration could not be renewed, and with undefined when a later renewal succeeds. Default: `process.emitWarning`
   * with the code LUPINE_TROUBLE, for the first failure only.
   */
  readonly onTrouble?: ((error: Error | undefined) => void) | undefined;
  /**
   * The longest time, in milliseconds, for which a closing server continues to serve after it was withdrawn, until its
   * clients have moved to other servers. Default 1000 (`defaultLinger`).
   */
  readonly linger?: number | undefined;
}

/** Numbers are checked together with the rest of the entry. */
const registerOptions: OptionTable<RegisterServiceOptions> = {
  lease: "any",
  addresses: texts,
  priority: "any",
  weight: "any",
  onTrouble: "function",
  linger: "time",
};

/**
 * @throws DirectoryError DIRECTORY_BAD_ENTRY, which says what is wrong and what is accepted; TypeError for an option that is
 * wrong or misspelt.
 */
export function entryOf(server: Server | ServiceDescription, options: RegisterServiceOptions): ServiceEntry {
  checkOptions(registerOptions, options);
  const versions = isDescription(server) ? server.versions : server.programs.map(versionOf);
  const { priority = 0, weight = 1 } = options;
  checkWhole("priority", priority, 0, highestRank);
  checkWhole("weight", weight, 1, highestRank);
  return { id: newId(), versions: checkVersions(versions), addresses: addressesOf(server, options), priority, weight };
}

/** The lease in milliseconds. @throws DirectoryError DIRECTORY_BAD_ENTRY. */
export function checkLease(lease: number = defaultLease): number {
  checkWhole("lease", lease, shortestLease, longestLease);
  return lease;
}

export function isDescription(server: Server | ServiceDescription): server is ServiceDescription {
  return "versions" in server;
}

/** An id of 128 random bits, which nobody can guess. */
function newId(): string {
  return randomName();
}

function versionOf({ number, version }: { readonly number: number; readonly version: number }): ProgramVersion {
  return { program: number, version };
}

function checkVersions(versions: readonly ProgramVersion[]): readonly ProgramVersion[] {
  if (versions.length === 0) throw badEntry("it implements no program; call register after implement");
  if (versions.length > mostVersions) throw badEntry(`it has ${versions.length} programs; at most ${mostVersions}`);
  return versions.map(({ program, version }) => {
    checkWhole("program number", program, 0, 0xffff_ffff);
    checkWhole("version", version, 0, 0xffff_ffff);
    return { program, version };
  });
}

function addressesOf(server: Server | ServiceDescription, options: RegisterServiceOptions): readonly string[] {
  const given = options.addresses ?? (isDescription(server) ? server.addresses : undefined);
  const addresses = given?.map(checkAddress) ?? ownAddresses(server as Server);
  if (addresses.length === 0) throw badEntry('it has no address; give one, like "tcp://10.0.0.7:2049"');
  if (addresses.length > mostAddresses)
    throw badEntry(`it has ${addresses.length} addresses; at most ${mostAddresses}`);
  return [...new Set(addresses)];
}

/** Unix sockets and `memory:` names cannot be reached from another machine. */
function ownAddresses({ addresses }: Server): string[] {
  const reachable = addresses.filter(({ kind }) => kind === "tcp" || kind === "udp");
  if (reachable.length > 0) return reachable.map(formatAddress);
  const where = addresses.length === 0 ? "nowhere yet" : `only at ${addresses.map(formatAddress).join(", ")}`;
  throw badEntry(`it listens ${where}; let it listen at a tcp:// or udp:// address first, or give options.addresses`);
}

/** The address in the form in which engines store it. */
function checkAddress(text: string): string {
  if (text.length > longestAddress) throw badEntry(`an address is longer than ${longestAddress} characters`);
  let address: ReturnType<typeof parseAddress>;
  try {
    address = parseAddress(text);
  } catch (cause) {
    throw badEntry((cause as Error).message, cause);
  }
  if ("name" in address) throw badEntry(`${text} is known in its own process only`);
  if ("port" in address && address.port === 0) throw badEntry(`${text} has no port`);
  return formatAddress(address);
}

function checkWhole(what: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw badEntry(`its ${what} is ${String(value)}, not a whole number from ${low} to ${high}`);
}

function badEntry(why: string, cause?: unknown): DirectoryError {
  const options = cause === undefined ? {} : { cause };
  return new DirectoryError("DIRECTORY_BAD_ENTRY", `this server cannot be registered: ${why}`, options);
}
