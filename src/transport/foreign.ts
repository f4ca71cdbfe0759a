// Names the protocol of a peer that does not speak RPC, by the first four bytes that it sent.

/** The first bytes of other protocols, a group for each of `protocols`. As a record mark, each would announce more bytes than a record may have. */
const beginnings =
  /^(?:(HTTP|GET |POST|HEAD|PUT |DELE|OPTI|PATC|CONN|TRAC|PRI )|(SSH-)|(220[ -])|(EHLO|HELO|STAR)|(PROX|\r\n\r\n))/;

/** The PROXY protocol is a load balancer's, in both versions. */
const protocols = ["HTTP", "SSH", "SMTP or FTP", "SMTP", "the PROXY protocol"];

/** The protocol whose streams begin with these four bytes; undefined if it is not known. */
export function protocolOf(mark: number): string | undefined {
  // A handshake, or an alert, of version 3.x (RFC 8446 section 5.1).
  if (mark >>> 16 === 0x1603 || mark >>> 16 === 0x1503) return "TLS";
  const [, ...groups] = beginnings.exec(textOf(mark)) ?? [];
  return protocols.find((_, i) => groups[i]);
}

/** The protocol that the bytes of a record mark belong to, for a message; undefined if unknown. */
export function foreignProtocol(mark: number, peer: "client" | "server"): string | undefined {
  const protocol = protocolOf(mark);
  if (protocol === "TLS") return `the peer sent TLS: is that an RPC ${peer}?`;
  const text = textOf(mark);
  if (protocol === undefined && !/^[ -~\r\n\t]{4}$/.test(text)) return undefined;
  const shown = JSON.stringify(text.trimEnd() || text);
  const which = protocol === undefined || shown.includes(protocol) ? "" : `, which is ${protocol}`;
  return `the peer sent ${shown}${which}: is that an RPC ${peer}?`;
}

function textOf(mark: number): string {
  return String.fromCharCode(mark >>> 24, (mark >> 16) & 255, (mark >> 8) & 255, mark & 255);
}
