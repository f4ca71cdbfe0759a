// The operations of an endpoint mapper over its table (C706 appendix O). No I/O.
import { DceStatus } from "../errors.js";
import type { DceImplementation, DceIncomingCall } from "../implementation.js";
import type { ContextHandle } from "../ndr/context-handle.js";
import type { Syntax } from "../pdu.js";
import { nilUuid } from "../uuid.js";
import type { ept_v3_Operations, entry as WireEntry } from "./system.gen.js";
import { structOf, syntaxOf, uuidOf } from "./system-types.js";
import {
  type Endpoint,
  type EndpointTable,
  endpointOf,
  isCompatible,
  isEqual,
  type NewEndpoint,
  type Query,
} from "./table.js";
import { BadTower, decodeTower } from "./tower.js";

/** The most endpoints of one answer, and of one registration. */
const mostAtOnce = 500;
/** The most bytes of a tower. */
const longestTower = 1_024;

/** The progress of a lookup: the last endpoint that it reported. */
interface Cursor {
  after: number;
}

type Page = { handle: ContextHandle | null; found: Endpoint[]; status: number };

/** `mayRegister` says whether a caller may insert and delete. */
export function mapperOf(
  table: EndpointTable,
  mayRegister: (call: DceIncomingCall) => boolean,
): DceImplementation<ept_v3_Operations> {
  const changing = (call: DceIncomingCall, change: () => number): { status: number } => ({
    status: mayRegister(call) ? change() : DceStatus.endpointNotPermitted,
  });
  return {
    eptInsert: (entries, replace, call) => changing(call, () => insert(table, entries, replace !== 0)),
    eptDelete: (entries, call) => changing(call, () => remove(table, entries)),
    eptLookup: (inquiry, object, id, versions, handle, most, call) => {
      const query: Query = {
        object: inquiry === 2 || inquiry === 3 ? uuidOf(object) : undefined,
        matches: (inquiry === 1 || inquiry === 3) && id !== null ? matcher(syntaxOf(id), versions) : undefined,
        isLocal: isFromHere(call),
      };
      const page = paged(call, handle, most, (after, count) => table.lookup(query, after, count));
      return { handle: page.handle, entries: page.found.map(wireEntry), status: page.status };
    },
    eptMap: (object, wanted, handle, most, call) => {
      const tower = wanted === null ? undefined : towerOf(wanted.octets);
      if (tower === undefined) return { handle: closed(call, handle), towers: [], status: DceStatus.endpointInvalid };
      const page = paged(call, handle, most, (after, count) =>
        table.map(uuidOf(object), tower, isFromHere(call), after, count),
      );
      return { handle: page.handle, towers: page.found.map(({ bytes: octets }) => ({ octets })), status: page.status };
    },
    eptLookupHandleFree: (handle, call) => ({ handle: closed(call, handle), status: 0 }),
    // The object of this endpoint mapper: it has none.
    eptInqObject: () => ({ object: structOf(nilUuid), status: 0 }),
    eptMgmtDelete: (hasObject, object, tower, call) =>
      changing(call, () => {
        const isNamed = ({ object: own, bytes }: NewEndpoint): boolean =>
          (hasObject === 0 || own === uuidOf(object)) && tower !== null && Buffer.compare(bytes, tower.octets) === 0;
        return table.remove(isNamed) > 0 ? 0 : DceStatus.endpointNotRegistered;
      }),
  };
}

function insert(table: EndpointTable, entries: readonly WireEntry[], replace: boolean): number {
  if (entries.length > mostAtOnce) return DceStatus.endpointNoRoom;
  const added = entries.map(fromWire);
  if (added.includes(undefined)) return DceStatus.endpointInvalid;
  return table.insert(added as NewEndpoint[], replace) ? 0 : DceStatus.endpointNoRoom;
}

function remove(table: EndpointTable, entries: readonly WireEntry[]): number {
  if (entries.length > mostAtOnce) return DceStatus.endpointNoRoom;
  const named = entries.map(fromWire).filter((one) => one !== undefined);
  const isNamed = (entry: NewEndpoint): boolean => named.some((one) => isEqual(one, entry));
  return table.remove(isNamed) > 0 ? 0 : DceStatus.endpointNotRegistered;
}

/** Undefined for an entry without a tower, or with a malformed one. */
function fromWire({ object, tower, annotation }: WireEntry): NewEndpoint | undefined {
  if (tower === null || tower.octets.length > longestTower) return undefined;
  try {
    // A copy: the bytes that were received are larger.
    return endpointOf(uuidOf(object), tower.octets.slice(), annotation);
  } catch (error) {
    if (error instanceof BadTower) return undefined;
    throw error;
  }
}

function wireEntry({ object, bytes, annotation }: Endpoint): WireEntry {
  return { object: structOf(object), tower: { octets: bytes }, annotation };
}

function towerOf(bytes: Uint8Array): ReturnType<typeof decodeTower> | undefined {
  try {
    return decodeTower(bytes);
  } catch (error) {
    if (error instanceof BadTower) return undefined;
    throw error;
  }
}

/** The version options of ept_lookup (C706 appendix O). */
function matcher(wanted: Syntax, versions: number): (served: Syntax) => boolean {
  const isSame = ({ uuid }: Syntax): boolean => uuid === wanted.uuid;
  switch (versions) {
    case 2:
      return (one) => isCompatible(one, wanted);
    case 3:
      return (one) => isSame(one) && one.major === wanted.major && one.minor === wanted.minor;
    case 4:
      return (one) => isSame(one) && one.major === wanted.major;
    case 5:
      return (one) =>
        isSame(one) && (one.major < wanted.major || (one.major === wanted.major && one.minor <= wanted.minor));
    default:
      return isSame;
  }
}

/** One page of a lookup, and the handle for the next one: null after the last. */
function paged(
  call: DceIncomingCall,
  handle: ContextHandle | null,
  wanted: number,
  find: (after: number, most: number) => Endpoint[],
): Page {
  const cursor: Cursor = handle === null ? { after: 0 } : (call.contextState(handle) as Cursor);
  const most = Math.min(wanted, mostAtOnce);
  const found = find(cursor.after, most + 1);
  const isLast = found.length <= most;
  const page = found.slice(0, most);
  const status = page.length === 0 && isLast ? DceStatus.endpointNotRegistered : 0;
  if (isLast) return { handle: closed(call, handle), found: page, status };
  cursor.after = page.at(-1)?.id ?? cursor.after;
  try {
    return { handle: handle ?? call.openContext(cursor), found: page, status };
  } catch {
    // The caller has too many lookups that it did not end.
    return { handle: null, found: [], status: DceStatus.endpointNoRoom };
  }
}

function closed(call: DceIncomingCall, handle: ContextHandle | null): null {
  if (handle !== null) call.closeContext(handle);
  return null;
}

/** Whether the caller is a program of this machine. */
export function isFromHere({ local, remote }: Pick<DceIncomingCall, "local" | "remote">): boolean {
  if (remote.kind !== "tcp") return false;
  const { host } = remote;
  return host.startsWith("127.") || host === "::1" || (local.kind === "tcp" && host === local.host);
}
