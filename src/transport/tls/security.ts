// How a connection is protected, and the certificates of its ends, as programs see them.
import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

/** A certificate whose private key the other end has proved to have. */
export interface Certificate {
  /** The distinguished name of the owner, in the order of the certificate: "O=Example,CN=backup". */
  readonly subject: string;
  /** The distinguished name of the authority that signed it. */
  readonly issuer: string;
  /** The subject alternative names: "DNS:files.example", "IP:10.0.0.1", "email:ann@example", "URI:spiffe://example/files". */
  readonly names: readonly string[];
  /** The SHA-256 digest of the certificate, as `openssl x509 -fingerprint -sha256` prints it: "AB:12:...". */
  readonly fingerprint: string;
  /** The end of its validity. */
  readonly validTo: Date;
}

/** The protection of a connection by TLS (RFC 9289). */
export interface Security {
  /** The version of TLS: "TLSv1.3". */
  readonly protocol: string;
  /** The cipher suite: "TLS_AES_256_GCM_SHA384". */
  readonly cipher: string;
  /** The protocol that both ends agreed on by ALPN: "sunrpc"; undefined if the other end does not know ALPN. */
  readonly alpn: string | undefined;
  /** The other end's certificate; undefined for a client without one. */
  readonly certificate: Certificate | undefined;
  /** On a server: the name that `tls.identify` gave to the certificate. */
  readonly principal?: string | undefined;
}

/** The protection of a layer whose handshake has ended. */
export function securityOf(layer: TLSSocket): Security {
  const certificate = layer.getPeerX509Certificate();
  return Object.freeze({
    protocol: layer.getProtocol() ?? "",
    cipher: layer.getCipher().name,
    alpn: layer.alpnProtocol || undefined,
    certificate: certificate && certificateOf(certificate),
  });
}

function certificateOf(from: X509Certificate): Certificate {
  return Object.freeze({
    subject: inOneLine(from.subject),
    issuer: inOneLine(from.issuer),
    names: namesIn(from.subjectAltName ?? ""),
    fingerprint: from.fingerprint256,
    validTo: new Date(from.validTo),
  });
}

/** Node puts each part on a line, with commas and line feeds escaped (RFC 2253). */
function inOneLine(name: string | undefined): string {
  return (name ?? "").split("\n").join(",");
}

/** Splits "DNS:a, IP Address:10.0.0.1". Node writes a name with special characters as a JSON string, which may have commas. */
export function namesIn(text: string): string[] {
  const parts = text.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? [];
  return parts.map((part) => part.trim().replace(/^IP Address:/, "IP:"));
}
