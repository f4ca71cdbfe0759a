// Protocol towers (C706 appendix L): an interface, its representation and an address, as the endpoint mapper keeps them. Numbers
// are little-endian for every sender; ports and IP addresses are big-endian.
import { ndrSyntax, type Syntax } from "../pdu.js";
import { readUuid, writeUuid } from "../uuid.js";

/** One floor: a protocol, by its identifier (C706 appendix I), and what it needs to reach the server. */
export interface Floor {
  readonly protocol: number;
  readonly data: Uint8Array;
}

export interface Tower {
  readonly interfaceId: Syntax;
  readonly transfer: Syntax;
  /** The RPC protocol, then the transports. */
  readonly floors: readonly Floor[];
}

/** Identifiers of protocols. */
export const Protocol = { tcp: 0x07, udp: 0x08, ip: 0x09, datagrams: 0x0a, connections: 0x0b, uuid: 0x0d, local: 0x10 };
const pipe = 0x0f;
const netbios = 0x11;
const http = 0x1f;

/** Towers have five or six floors. */
const mostFloors = 16;

/** Malformed bytes of a tower. */
export class BadTower extends Error {}

/** The tower of a server that listens at a port of TCP. An address that is not IPv4 becomes 0.0.0.0: that of the machine asked. */
export function tcpTower(interfaceId: Syntax, host: string, port: number): Uint8Array {
  const version = new Uint8Array(2);
  const bigPort = new Uint8Array([port >> 8, port & 0xff]);
  return encodeTower({
    interfaceId,
    transfer: ndrSyntax,
    floors: [
      { protocol: Protocol.connections, data: version },
      { protocol: Protocol.tcp, data: bigPort },
      { protocol: Protocol.ip, data: ipv4(host) },
    ],
  });
}

export function encodeTower({ interfaceId, transfer, floors }: Tower): Uint8Array {
  const size = 2 + 2 * 25 + floors.reduce((sum, { data }) => sum + 5 + data.length, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 2 + floors.length, true);
  let at = 2;
  for (const { uuid, major, minor } of [interfaceId, transfer]) {
    view.setUint16(at, 19, true);
    view.setUint8(at + 2, Protocol.uuid);
    writeUuid(view, at + 3, uuid, true);
    view.setUint16(at + 19, major, true);
    view.setUint16(at + 21, 2, true);
    view.setUint16(at + 23, minor, true);
    at += 25;
  }
  for (const { protocol, data } of floors) {
    view.setUint16(at, 1, true);
    view.setUint8(at + 2, protocol);
    view.setUint16(at + 3, data.length, true);
    bytes.set(data, at + 5);
    at += 5 + data.length;
  }
  return bytes;
}

/** @throws BadTower */
export function decodeTower(bytes: Uint8Array): Tower {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readTower(view);
  } catch (error) {
    if (error instanceof RangeError) throw new BadTower("a tower ends in the middle of a floor");
    throw error;
  }
}

function readTower(view: DataView): Tower {
  const count = view.getUint16(0, true);
  if (count < 3 || count > mostFloors) throw new BadTower(`a tower has ${count} floors, not 3 to ${mostFloors}`);
  let at = 2;
  const next = (): { left: DataView; right: DataView } => {
    const left = part(view, at);
    const right = part(view, at + 2 + left.byteLength);
    at += 4 + left.byteLength + right.byteLength;
    return { left, right };
  };
  const [interfaceId, transfer] = [readSyntax(next()), readSyntax(next())];
  const floors: Floor[] = [];
  for (let i = 2; i < count; i++) {
    const { left, right } = next();
    const data = new Uint8Array(right.buffer, right.byteOffset, right.byteLength);
    floors.push({ protocol: left.getUint8(0), data });
  }
  return { interfaceId, transfer, floors };
}

function part(view: DataView, at: number): DataView {
  const length = view.getUint16(at, true);
  return new DataView(view.buffer, view.byteOffset + at + 2, length > view.byteLength - at - 2 ? -1 : length);
}

function readSyntax({ left, right }: { left: DataView; right: DataView }): Syntax {
  if (left.getUint8(0) !== Protocol.uuid) throw new BadTower("a tower does not begin with an interface");
  return { uuid: readUuid(left, 1, true), major: left.getUint16(17, true), minor: right.getUint16(0, true) };
}

/** The port of TCP; undefined for another transport. */
export function tcpPort({ floors }: Tower): number | undefined {
  const found = floors.find(({ protocol }) => protocol === Protocol.tcp);
  const [high, low] = found?.data ?? [];
  return high === undefined || low === undefined ? undefined : high * 256 + low;
}

/** The IPv4 address of a tower, as text. */
export function ipAddress({ floors }: Tower): string | undefined {
  const found = floors.find(({ protocol }) => protocol === Protocol.ip);
  return found?.data.length === 4 ? found.data.join(".") : undefined;
}

/** The string binding of a tower, of whatever transport: `ncacn_ip_tcp:10.0.0.1[2049]`, `ncacn_np:HOST[\pipe\x]`. */
export function bindingOf(tower: Tower): string {
  const parts = new Map(tower.floors.map(({ protocol, data }) => [protocol, data]));
  const ip = ipAddress(tower) ?? "";
  const portOf = (data: Uint8Array): number => (data[0] ?? 0) * 256 + (data[1] ?? 0);
  const forms: readonly [number, (data: Uint8Array) => string][] = [
    [Protocol.tcp, (data) => `ncacn_ip_tcp:${ip}[${portOf(data)}]`],
    [Protocol.udp, (data) => `ncadg_ip_udp:${ip}[${portOf(data)}]`],
    [http, (data) => `ncacn_http:${ip}[${portOf(data)}]`],
    [pipe, (data) => `ncacn_np:${textOf(parts.get(netbios) ?? new Uint8Array(0))}[${textOf(data)}]`],
    [Protocol.local, (data) => `ncalrpc:[${textOf(data)}]`],
  ];
  for (const [protocol, form] of forms) {
    const data = parts.get(protocol);
    if (data !== undefined) return form(data);
  }
  return `unknown:[${tower.floors.map(({ protocol }) => protocol).join(",")}]`;
}

function textOf(data: Uint8Array): string {
  return new TextDecoder("latin1").decode(data).replace(/\0+$/, "");
}

function ipv4(host: string): Uint8Array {
  const parts = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) ? host.split(".").map(Number) : [];
  return Uint8Array.from(parts.length === 4 ? parts : [0, 0, 0, 0]);
}
