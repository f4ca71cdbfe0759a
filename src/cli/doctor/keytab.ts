// The format of MIT's keytab files, version 2: entries, each with its length, in network byte order.

export interface KeytabKey {
  /** "nfs/host@EXAMPLE.ORG" */
  readonly principal: string;
  /** Its encryption type is DES, triple DES or RC4 (RFC 6649, RFC 8429). */
  readonly isWeak: boolean;
}

const version = 0x0502;
const weakTypes = new Set([1, 2, 3, 4, 5, 7, 16, 23, 24]);

/** The keys in a keytab; undefined if the file is not a keytab. */
export function keysOf(bytes: Buffer): KeytabKey[] | undefined {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== version) return undefined;
  const keys: KeytabKey[] = [];
  try {
    for (let at = 2; at + 4 <= bytes.length; ) {
      const length = bytes.readInt32BE(at);
      at += 4;
      if (at + Math.abs(length) > bytes.length) return undefined;
      // A negative length is that of a hole, where an entry was removed.
      if (length > 0) keys.push(keyIn(bytes.subarray(at, at + length)));
      at += Math.abs(length);
      if (length === 0) break;
    }
  } catch {
    return undefined;
  }
  return keys;
}

/** @throws RangeError if the entry is too short. */
function keyIn(entry: Buffer): KeytabKey {
  let at = 2;
  const text = (): string => {
    const length = entry.readUInt16BE(at);
    if (at + 2 + length > entry.length) throw new RangeError("a name is longer than its entry");
    at += 2 + length;
    return entry.toString("utf8", at - length, at);
  };
  const parts = entry.readUInt16BE(0);
  const realm = text();
  const names = Array.from({ length: parts }, text);
  // Behind the names: the kind of name, the time, and the number of the key, 4 + 4 + 1 bytes.
  const type = entry.readUInt16BE(at + 9);
  return { principal: `${names.join("/")}@${realm}`, isWeak: weakTypes.has(type) };
}
