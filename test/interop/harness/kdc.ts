// A Kerberos realm for a test file: a key distribution centre and its administration server on high ports of this
// namespace, with alice (a caller), admin/admin, and the services nfs/localhost and add/localhost.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { accepts, type Running, start, until } from "./processes.js";

export const realm = "LUPINE.TEST";

export interface Realm extends AsyncDisposable {
  /** Its files: `keytab`, `cache` and others. */
  readonly folder: string;
  /** Ends the key distribution centre. */
  stop(): Promise<void>;
  /** Gets a ticket for a principal, into the cache of this name. */
  login(principal: string, cache?: string, service?: string): string;
}

/** Starts it, and sets KRB5_CONFIG, KRB5_KTNAME and KRB5CCNAME of this process. `types`: the encryption types of all keys. */
export async function startRealm(types = "aes256-cts"): Promise<Realm> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-kdc-"));
  mkdirSync(join(folder, "db"));
  writeFileSync(join(folder, "krb5.conf"), clientConfiguration(types));
  writeFileSync(join(folder, "kdc.conf"), serverConfiguration(folder, types));
  writeFileSync(join(folder, "acl"), `admin/admin@${realm} *\n`);
  Object.assign(process.env, {
    KRB5_CONFIG: join(folder, "krb5.conf"),
    KRB5_KDC_PROFILE: join(folder, "kdc.conf"),
    KRB5_KTNAME: join(folder, "keytab"),
    KRB5CCNAME: join(folder, "cache"),
  });
  tool("kdb5_util", ["create", "-s", "-P", "master"]);
  for (const name of ["alice", "admin/admin"]) administer(`addprinc -pw secret ${name}`);
  for (const name of ["nfs/localhost", `nfs/${hostname().toLowerCase()}`, "add/localhost"]) {
    administer(`addprinc -randkey ${name}`);
    administer(`ktadd -k ${join(folder, "keytab")} ${name}`);
  }
  const kdc = start("krb5kdc", ["-n"]);
  const admin = start("kadmind", ["-nofork"]);
  for (const [port, server] of [
    [10_088, kdc],
    [10_749, admin],
  ] as const) {
    await until(
      () => accepts(port),
      () => `port ${port} to accept:\n${server.output()}`,
    );
  }
  const stop = () => ended(kdc, admin);
  return {
    folder,
    stop,
    login(principal, cache = join(folder, "cache"), service) {
      const of = service === undefined ? [] : ["-S", service];
      tool("kinit", ["-c", cache, ...of, principal], "secret\n");
      return cache;
    },
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
}

async function ended(...servers: readonly Running[]): Promise<void> {
  for (const server of servers) await server.stop();
}

export function administer(command: string): void {
  tool("kadmin.local", ["-q", command]);
}

function tool(command: string, args: readonly string[], input = ""): void {
  const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` };
  const { status, stderr, stdout } = spawnSync(command, args, { env, input, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stdout}${stderr}`);
}

// Braces must stand on lines of their own.
function clientConfiguration(types: string): string {
  return `[libdefaults]
 default_realm = ${realm}
 dns_lookup_realm = false
 dns_lookup_kdc = false
 rdns = false
 dns_canonicalize_hostname = false
 forwardable = true
 permitted_enctypes = ${types}
[realms]
 ${realm} = {
  kdc = 127.0.0.1:10088
  admin_server = 127.0.0.1:10749
 }
[domain_realm]
 localhost = ${realm}
 ${hostname().toLowerCase()} = ${realm}
`;
}

function serverConfiguration(folder: string, types: string): string {
  return `[kdcdefaults]
 kdc_listen = 127.0.0.1:10088
 kdc_tcp_listen = 127.0.0.1:10088
[realms]
 ${realm} = {
  database_name = ${join(folder, "db", "principal")}
  key_stash_file = ${join(folder, "db", "stash")}
  acl_file = ${join(folder, "acl")}
  kadmind_listen = 127.0.0.1:10749
  kpasswd_listen = 127.0.0.1:10464
  supported_enctypes = ${types}:normal
  master_key_type = ${types}
 }
`;
}
