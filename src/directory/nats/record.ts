// An entry as a bucket stores it: JSON with a version. Anybody may have written it, so everything is checked.
import { parseAddress } from "../../transport/address.js";
import {
  highestRank,
  longestAddress,
  longestId,
  longestLease,
  mostAddresses,
  mostVersions,
  type ProgramVersion,
  type ServiceEntry,
  shortestLease,
} from "../engine.js";

/** An entry with its lease in milliseconds. */
export interface NatsRecord {
  readonly entry: ServiceEntry;
  readonly lease: number;
}

/** The version of this format. Records with another one are skipped, so that a later format can coexist. */
const form = 1;
/** The most bytes of a record: more than the largest entry needs. */
export const longestRecord = 65_536;

export function encodeRecord({ entry, lease }: NatsRecord): Uint8Array {
  const { versions, addresses, priority = 0, weight = 1 } = entry;
  const pairs = versions.map(({ program, version }) => [program, version]);
  return Buffer.from(JSON.stringify({ form, lease, versions: pairs, addresses, priority, weight }));
}

/** Decodes a record; undefined if it is not valid. */
export function decodeRecord(id: string, bytes: Uint8Array): NatsRecord | undefined {
  if (bytes.length > longestRecord || id.length === 0 || id.length > longestId) return undefined;
  const value = parse(bytes);
  if (value === undefined || value["form"] !== form) return undefined;
  const { lease, priority, weight } = value;
  const versions = listOf(value["versions"], mostVersions, versionOf);
  const addresses = listOf(value["addresses"], mostAddresses, addressOf);
  if (versions === undefined || addresses === undefined || addresses.length === 0) return undefined;
  if (!isWhole(lease, shortestLease, longestLease)) return undefined;
  if (!isWhole(priority, 0, highestRank) || !isWhole(weight, 1, highestRank)) return undefined;
  return { lease, entry: { id, versions, addresses, priority, weight } };
}

function parse(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The items, or undefined if one is invalid or there are too many. */
function listOf<T>(value: unknown, most: number, item: (one: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined;
  const items = value.map(item);
  return items.includes(undefined) ? undefined : (items as T[]);
}

function versionOf(value: unknown): ProgramVersion | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [program, version] = value as unknown[];
  if (!isWhole(program, 0, 0xffff_ffff) || !isWhole(version, 0, 0xffff_ffff)) return undefined;
  return { program, version };
}

function addressOf(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > longestAddress) return undefined;
  try {
    return "name" in parseAddress(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isWhole(value: unknown, low: number, high: number): value is number {
  return Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
}
