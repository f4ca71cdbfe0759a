// Names the protocol of a peer that does not speak RPC, by the first four bytes that it sent.

/** Each begins its stream like this. Seen as a record mark, all announce more bytes than a record may have. */
const beginnings: readonly (readonly [beginning: RegExp, protocol: string])[] = [
  [/^(HTTP|GET |POST|HEAD|PUT |DELE|OPTI|PATC|CONN|TRAC|PRI )/, "HTTP"],
  [/^SSH-/, "SSH"],
  [/^(220[ -]|EHLO|HELO|STAR)/, "SMTP"],
];

/** What a record mark is in truth, for a message; undefined when nothing is known of it. */
export function foreignProtocol(mark: number, peer: "client" | "server"): string | undefined {
  const text = String.fromCharCode(mark >>> 24, (mark >> 16) & 255, (mark >> 8) & 255, mark & 255);
  // A handshake, or an alert, of version 3.x (RFC 8446 section 5.1).
  if (mark >>> 16 === 0x1603 || mark >>> 16 === 0x1503) return `the peer sent TLS: is that an RPC ${peer}?`;
  const protocol = beginnings.find(([beginning]) => beginning.test(text))?.[1];
  if (protocol === undefined && !/^[ -~\r\n\t]{4}$/.test(text)) return undefined;
  const shown = JSON.stringify(text.trimEnd());
  const which = protocol === undefined || shown.includes(protocol) ? "" : `, which is ${protocol}`;
  return `the peer sent ${shown}${which}: is that an RPC ${peer}?`;
}
