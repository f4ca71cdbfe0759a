// The types of system.idl and the others of this room.
import type { Syntax } from "../pdu.js";
import { nilUuid, readUuid, type Uuid, writeUuid } from "../uuid.js";
import type { interface_id, uuid_t } from "./system.gen.js";

export function structOf(uuid: Uuid): uuid_t {
  const view = new DataView(new ArrayBuffer(16));
  writeUuid(view, 0, uuid, false);
  return {
    data1: view.getUint32(0),
    data2: view.getUint16(4),
    data3: view.getUint16(6),
    rest: new Uint8Array(view.buffer, 8, 8),
  };
}

/** A null pointer is the nil UUID. */
export function uuidOf(struct: uuid_t | null): Uuid {
  if (struct === null) return nilUuid;
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, struct.data1);
  view.setUint16(4, struct.data2);
  view.setUint16(6, struct.data3);
  new Uint8Array(view.buffer).set(struct.rest, 8);
  return readUuid(view, 0, false);
}

export function idOf({ uuid, major, minor }: Syntax): interface_id {
  return { uuid: structOf(uuid), major, minor };
}

export function syntaxOf({ uuid, major, minor }: interface_id): Syntax {
  return { uuid: uuidOf(uuid), major, minor };
}
