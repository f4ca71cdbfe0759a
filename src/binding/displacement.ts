// Two servers of one program version on one machine: who has taken whose place in the binder, and whether a server that
// stands in the way still runs.
import { connect } from "../client/create-client.js";
import { isWildcard } from "../machine/ip-address.js";
import { RpcError } from "../rpc/errors.js";
import { ping } from "../rpc/null.js";
import type { Program } from "../rpc/program.js";
import { type Address, fromUniversalAddress } from "../transport/address.js";
import { isSameEntry } from "./registrar.js";
import type { BinderEntry } from "./rpcbind/table.js";

/** Two servers registered the same program version with one binder. */
export interface Displacement extends PlaceChange {
  /** For people: the programs, and the consequences. */
  readonly message: string;
}

export interface PlaceChange {
  /**
   * "taken": this server has taken the place of another that still runs; clients no longer find that one.
   * "lost": another server has taken this one's place; it registers again when that one has stopped.
   * "regained": the other one has stopped, and clients find this server again.
   */
  readonly kind: "taken" | "lost" | "regained";
  /** The registrations of this server that it is about. */
  readonly entries: readonly BinderEntry[];
  /** The other server's in their places, or that were there. */
  readonly others: readonly BinderEntry[];
}

/** Of what a binder knows, the registrations that stand in the place of `entries`. */
export function othersInPlaceOf(entries: readonly BinderEntry[], known: readonly BinderEntry[]): BinderEntry[] {
  const own = new Map(entries.map((entry) => [keyOf(entry), entry]));
  return known.filter((other) => {
    const entry = own.get(keyOf(other));
    return entry !== undefined && !isSameEntry(entry, other);
  });
}

export function keyOf({ program, version, netid }: BinderEntry): string {
  return `${program}/${version}/${netid}`;
}

/** Milliseconds for procedure 0. A server that takes longer stands still, and is there all the same. */
const askTimeout = 1_000;

/** Of these registrations on this machine, those whose server still runs, as far as that can be determined. Never rejects. */
export async function living(entries: readonly BinderEntry[]): Promise<BinderEntry[]> {
  const answers = new Map<string, Promise<boolean>>();
  const results = entries.map((entry) => {
    // One server listens at one address with all its versions: asked once.
    const key = `${entry.program} ${entry.netid} ${entry.address}`;
    const answer = answers.get(key) ?? isThere(entry);
    answers.set(key, answer);
    return answer;
  });
  const areThere = await Promise.all(results);
  return entries.filter((_, i) => areThere[i]);
}

/** Whether the program answers where it is registered. A refused connection, or another program's answer, says no. */
async function isThere({ program: number, version, netid, address }: BinderEntry): Promise<boolean> {
  const program: Program = { name: String(number), number, versionName: "", version, procedures: {} };
  try {
    const place = placeOf(netid, address);
    await using channel = await connect(place, { timeout: askTimeout, connectTimeout: askTimeout });
    await ping(channel, program, {});
    return true;
  } catch (error) {
    if (error instanceof RpcError && error.code === "RPC_PROG_UNAVAIL") return false;
    return !isRefused(error);
  }
}

/** Nothing listens there, as the system says. */
function isRefused(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    const { code } = one as NodeJS.ErrnoException;
    if (code === "ECONNREFUSED" || code === "ENOENT") return true;
  }
  return false;
}

/** @throws TransportError for an address that makes no sense. */
function placeOf(netid: string, universal: string): Address {
  const place = fromUniversalAddress(netid, universal);
  if (!("host" in place) || !isWildcard(place.host)) return place;
  return { ...place, host: place.host === "::" ? "::1" : "127.0.0.1" };
}

/** For people. `name` is that of the programs: "ADD_PROG version 1". */
export function describeDisplacement({ kind, entries, others }: PlaceChange, name: string): string {
  const [first] = others;
  const netids = [...new Set(entries.map(({ netid }) => netid))].join(", ");
  const owner = /^\d+$/.test(first?.owner ?? "") ? ` of user ${first?.owner}` : "";
  const other = `another server${owner}, at ${first?.address}`;
  if (kind === "taken") {
    const outcome = "still runs, but clients now find this server instead";
    return `${name} over ${netids} was registered by ${other}: it ${outcome}. Stop one of them, or give them different program numbers`;
  }
  if (kind === "regained") return `${name} over ${netids} is registered again: ${other} has stopped`;
  const outcome = "clients now find that one instead. This server registers again when that one stops";
  return `${name} over ${netids} has been registered by ${other}: ${outcome}`;
}
