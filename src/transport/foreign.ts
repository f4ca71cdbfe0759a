// Names the protocol of a peer that does not speak RPC, by the first four bytes that it sent.

/** The first four bytes of other protocols. As a record mark, each would announce more bytes than a record may have. */
const beginnings = {
  HTTP: "HTTP,GET ,POST,HEAD,PUT ,DELE,OPTI,PATC,CONN,TRAC,PRI ",
  SSH: "SSH-",
  "SMTP or FTP": "220 ,220-",
  SMTP: "EHLO,HELO,STAR",
  // A load balancer's, in both versions.
  "the PROXY protocol": "PROX,\r\n\r\n",
};

/** The protocol whose streams begin with these four bytes; undefined if it is not known. */
export function protocolOf(mark: number): string | undefined {
  // A handshake, or an alert, of version 3.x (RFC 8446 section 5.1).
  if (mark >>> 16 === 0x1603 || mark >>> 16 === 0x1503) return "TLS";
  return Object.entries(beginnings).find(([, all]) => all.split(",").includes(textOf(mark)))?.[0];
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
