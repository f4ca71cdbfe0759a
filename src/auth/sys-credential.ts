// The body of an AUTH_SYS credential (RFC 5531 appendix A): authsys_parms.
import type { SysIdentity } from "../rpc/auth.js";
import { maxAuthBody } from "../rpc/auth.js";
import { XdrReader } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";

/** The longest machine name, in bytes. */
export const maxMachineName = 255;
/** The most supplementary groups. */
export const maxGids = 16;

/** Expects properties of the right types. @throws TypeError if one is longer than AUTH_SYS allows (RFC 5531 appendix A). */
export function encodeSys(identity: SysIdentity): Uint8Array {
  const { stamp, machineName, uid, gid, gids } = identity;
  const length = Buffer.byteLength(machineName);
  if (length > maxMachineName) {
    throw new TypeError(`options.machineName has ${length} bytes; AUTH_SYS carries at most ${maxMachineName}`);
  }
  if (gids.length > maxGids) {
    throw new TypeError(`options.gids has ${gids.length} groups; AUTH_SYS carries at most ${maxGids}`);
  }
  const out = new XdrWriter({ capacity: maxAuthBody });
  out.writeWord(stamp);
  out.writeOpaque(Buffer.from(machineName), maxMachineName);
  out.writeWord(uid);
  out.writeWord(gid);
  out.writeWord(gids.length);
  for (const one of gids) out.writeWord(one);
  return out.toBytes();
}

/** Decodes the body of an AUTH_SYS credential. Undefined if the bytes break a rule of appendix A. Never throws. */
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
