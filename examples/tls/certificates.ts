// Makes an authority for this example, and certificates for the server and for the callers ann and bob, with openssl. They are new at
// each start of the server. On real machines an authority signs them once, and each key stays on the machine that made it.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the files are, for the server and for the client. */
export const folder = fileURLToPath(new URL("certificates/", import.meta.url));

export const file = (name: string): string => join(folder, name);

/** Needs openssl. @throws Error if it is not installed, or fails. */
export function makeCertificates(): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  authority("authority", "/CN=Our authority");
  // An authority that nobody here trusts.
  authority("stranger", "/CN=Another authority");
  certificate("server", "/CN=server", "DNS:localhost,IP:127.0.0.1,IP:::1");
  certificate("ann", "/O=Example/CN=ann", "email:ann@example.com");
  certificate("bob", "/O=Example/CN=bob", "email:bob@example.com");
}

function authority(name: string, subject: string): void {
  openssl(["req", "-x509", ...newKey(name), "-days", "1", "-subj", subject, "-out", `${name}.pem`]);
}

function certificate(name: string, subject: string, names: string): void {
  openssl(["req", ...newKey(name), "-subj", subject, "-out", `${name}.csr`]);
  writeFileSync(file(`${name}.names`), `subjectAltName=${names}\n`);
  const signer = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"];
  openssl([
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    ...signer,
    "-days",
    "1",
    "-extfile",
    `${name}.names`,
    "-out",
    `${name}.pem`,
  ]);
}

function newKey(name: string): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${name}.key`];
}

function openssl(args: readonly string[]): void {
  try {
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw isMissing ? new Error("this example needs openssl (Debian: apt-get install openssl)") : cause;
  }
}
