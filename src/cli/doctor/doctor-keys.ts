// `lupine doctor`: checks files of keys: the users that can read them, the dates on which certificates expire, and the services of a keytab.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { openLibrary } from "../../gss/krb5/c-library.js";
import type { Finding } from "./doctor-finding.js";
import { keysOf } from "./keytab.js";

/** Paths. */
export interface KeyFiles {
  /** A PEM file with a certificate, and those of intermediate authorities behind it. */
  readonly cert?: string;
  /** The key of `cert`. */
  readonly key?: string;
  readonly keytab?: string;
}

/** Where MIT's library looks for a service's keys, unless a program names another file. */
const usualKeytab = "/etc/krb5.keytab";
const day = 86_400_000;
/** From this time on before its end a certificate should be renewed. */
const soon = 14 * day;

/** The files that were named, and the machine's keytab if there is one. */
export function checkKeys({ cert, key, keytab }: KeyFiles, now = Date.now()): Finding[] {
  const findings: Finding[] = [];
  if (cert !== undefined) findings.push(...checkCertificates(cert, now));
  if (key !== undefined) findings.push(...checkKey(key, cert));
  const given = keytab ?? process.env["KRB5_KTNAME"]?.replace(/^(WR)?FILE:/, "");
  if (given !== undefined) findings.push(...checkKeytab(given));
  else if (statSync(usualKeytab, { throwIfNoEntry: false }) !== undefined) findings.push(...checkKeytab(usualKeytab));
  return findings;
}

/** Whether Kerberos can be used by programs here. */
export async function checkKerberos(): Promise<Finding> {
  const { koffi, library } = await openLibrary();
  const missing = [
    ...(koffi === undefined ? ["the package koffi (npm install koffi)"] : []),
    ...(koffi !== undefined && library === undefined ? ["the library libgssapi-krb5-2"] : []),
  ];
  const text = missing.length === 0 ? "lupine/gss can use Kerberos" : `lupine/gss needs ${missing.join(" and ")}`;
  return { level: "info", code: "kerberos", text };
}

function checkCertificates(path: string, now: number): Finding[] {
  return reading(path, (bytes) => {
    const texts = bytes.toString("latin1").match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
    if (texts.length === 0)
      return [{ level: "problem", code: "certificate", text: `${path} has no certificate in PEM` }];
    return texts.map((text, at) => checkCertificate(path, new X509Certificate(text), at === 0, now));
  });
}

function checkCertificate(path: string, certificate: X509Certificate, isFirst: boolean, now: number): Finding {
  const subject = certificate.subject.split("\n").join(",");
  const name = `${path}: the certificate of ${subject}`;
  const begins = Date.parse(certificate.validFrom);
  const ends = Date.parse(certificate.validTo);
  const until = new Date(ends).toISOString().slice(0, 10);
  const code = "certificate";
  if (ends <= now) return { level: "problem", code, text: `${name} expired on ${until}`, advice: "renew it" };
  if (begins > now) {
    const from = new Date(begins).toISOString().slice(0, 10);
    return { level: "problem", code, text: `${name} is valid from ${from} on`, advice: "compare the clocks" };
  }
  if (ends - now < soon) {
    const advice = "renew it: servers and clients read the new file without a restart";
    return { level: "warning", code, text: `${name} expires on ${until}`, advice };
  }
  if (isFirst && certificate.subjectAltName === undefined && !certificate.ca) {
    const advice = "a server's certificate needs the names by which it is called: DNS:host, IP:address";
    return { level: "warning", code, text: `${name} has no subjectAltName`, advice };
  }
  const names = isFirst && certificate.subjectAltName !== undefined ? ` (${certificate.subjectAltName})` : "";
  return { level: "ok", code, text: `${name}${names} is valid until ${until}` };
}

function checkKey(path: string, cert: string | undefined): Finding[] {
  return reading(path, (bytes) => {
    const findings = checkReaders(path, "key");
    const text = bytes.toString("latin1");
    if (/ENCRYPTED/.test(text)) return findings;
    const key = createPrivateKey(text);
    const first = cert === undefined ? undefined : certificateIn(cert);
    if (first !== undefined && !first.checkPrivateKey(key)) {
      findings.push({ level: "problem", code: "key", text: `${path} is not the key of the certificate in ${cert}` });
    }
    return findings;
  });
}

function certificateIn(path: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readFileSync(path));
  } catch {
    return undefined;
  }
}

function checkKeytab(path: string): Finding[] {
  return reading(path, (bytes) => {
    const keys = keysOf(bytes);
    if (keys === undefined) {
      return [{ level: "problem", code: "keytab", text: `${path} is not a keytab`, advice: "make one: kadmin, ktadd" }];
    }
    const names = [...new Set(keys.map(({ principal }) => principal))];
    const text = names.length === 0 ? `${path} has no keys` : `${path} has keys of ${names.join(", ")}`;
    const findings: Finding[] = [{ level: names.length === 0 ? "warning" : "ok", code: "keytab", text }];
    const weak = [...new Set(keys.filter(({ isWeak }) => isWeak).map(({ principal }) => principal))];
    if (weak.length > 0) {
      const advice = "make keys of AES types: ktadd -e aes256-cts-hmac-sha1-96:normal";
      findings.push({
        level: "warning",
        code: "keytab",
        text: `${path} has DES or RC4 keys of ${weak.join(", ")}`,
        advice,
      });
    }
    return [...findings, ...checkReaders(path, "keytab")];
  });
}

/** A warning if another user than its owner can read the file, or its owner is neither root nor this user. */
function checkReaders(path: string, code: string): Finding[] {
  const { mode, uid } = statSync(path);
  const isForeign = uid !== 0 && uid !== process.geteuid?.();
  if (process.platform === "win32" || ((mode & 0o077) === 0 && !isForeign)) return [];
  const text = `${path} belongs to user ${uid}, mode ${(mode & 0o777).toString(8)}: others can use the keys in it`;
  return [{ level: "warning", code, text, advice: `chown it to the server's user, and chmod 600 ${path}` }];
}

/** Longer files are not files of keys. */
const longest = 1 << 20;

function reading(path: string, check: (bytes: Buffer) => Finding[]): Finding[] {
  try {
    if (statSync(path).size > longest) throw new Error("it is too long to be a file of keys");
    return check(readFileSync(path));
  } catch (error) {
    const advice = "give the path of a file that this user can read";
    return [{ level: "problem", code: "keys", text: `${path} cannot be used: ${(error as Error).message}`, advice }];
  }
}
