// Other protocols, by how their streams begin: for messages to somebody who took one of them for RPC.

const beginnings: readonly (readonly [string, string])[] = [
  ...["HTTP/", "GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "CONNECT ", "PRI "].map((text) => [text, "HTTP"] as const),
  ["SSH-", "SSH"],
  ["\x16\x03", "TLS"],
  ["\x15\x03", "TLS (an alert)"],
  ["220 ", "SMTP or FTP"],
  ["220-", "SMTP or FTP"],
];

/** TCP and UDP, in the header of an IPv4 packet. */
const carriers: ReadonlySet<number | undefined> = new Set([6, 17]);

/** The name of the protocol that the bytes look like. */
export function foreignProtocol(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  const known = beginnings.find(([beginning]) => start.startsWith(beginning));
  if (known !== undefined) return known[1];
  if (bytes[0] !== 0x45 || !carriers.has(bytes[9])) return undefined;
  return "an IPv4 packet with its header: give the bytes behind its TCP or UDP header";
}
