// The body of an AUTH_SYS credential (RFC 5531 appendix A): authsys_parms.
import type { SysIdentity } from "../rpc/auth.js";
import { maxAuthBody } from "../rpc/auth.js";
import { XdrReader } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";

/** The longest machine name, in bytes. */
export const maxMachineName = 255;
/** The most supplementary groups. */
export const maxGids = 16;

/** @throws RangeError when a rule of appendix A is broken. */
export function encodeSys(identity: SysIdentity): Uint8Array {
  const { stamp, machineName, uid, gid, gids } = identity;
  if (Buffer.byteLength(machineName) > maxMachineName) {
    throw new RangeError(`machineName is longer than ${maxMachineName} bytes, more than AUTH_SYS can carry`);
  }
  if (gids.length > maxGids) {
    throw new RangeError(
      `gids has ${gids.length} groups, but AUTH_SYS carries at most ${maxGids}; choose which to send`,
    );
  }
  const out = new XdrWriter({ capacity: maxAuthBody });
  writeId(out, "stamp", stamp);
  out.writeString(machineName, maxMachineName);
  writeId(out, "uid", uid);
  writeId(out, "gid", gid);
  out.writeWord(gids.length);
  for (const one of gids) writeId(out, "gids", one);
  return out.toBytes();
}

function writeId(out: XdrWriter, name: string, value: number): void {
  if (value >>> 0 !== value) throw new RangeError(`${name} is ${value}, not an integer of 0 to 4294967295`);
  out.writeWord(value);
}

/** Undefined when the bytes break a rule of appendix A. Never throws. */
export function decodeSys(body: Uint8Array): SysIdentity | undefined {
  const from = new XdrReader(body);
  try {
    const stamp = from.readWord();
    const machineName = nameText(from.readOpaque(maxMachineName));
    const uid = from.readWord();
    const gid = from.readWord();
    const gids = Array.from({ length: from.readCount(maxGids, 4) }, () => from.readWord());
    from.finish();
    return { stamp, machineName, uid, gid, gids };
  } catch {
    return undefined;
  }
}

// A host may have any name: do not refuse its user for an unusual one.
function nameText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  return text.includes("\uFFFD") ? Buffer.from(bytes).toString("latin1") : text;
}
