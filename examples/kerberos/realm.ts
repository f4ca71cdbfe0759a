// Makes a Kerberos realm for this example alone, on a free port of this machine and in a folder of its own: the key distribution centre,
// the service who@localhost with a keytab, and the callers ann and bob. Then runs the server, and the client as ann, as bob, and
// without a ticket.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runClient, startServer } from "../two-machines.js";

requireKoffi();
const folder = mkdtempSync(join(tmpdir(), "lupine-realm-"));
const file = (name: string): string => join(folder, name);
const port = await freePort();

// On other machines, /etc/krb5.conf and the environment have these. The programs that are started here inherit them.
Object.assign(process.env, {
  PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`,
  KRB5_CONFIG: file("krb5.conf"),
  KRB5_KDC_PROFILE: file("kdc.conf"),
  KRB5_KTNAME: file("keytab"),
  KRB5CCNAME: file("ann.cache"),
});
writeFileSync(
  file("krb5.conf"),
  `[libdefaults]
 default_realm = EXAMPLE.ORG
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 EXAMPLE.ORG = {
  kdc = 127.0.0.1:${port}
 }
[domain_realm]
 localhost = EXAMPLE.ORG
`,
);
writeFileSync(
  file("kdc.conf"),
  `[kdcdefaults]
 kdc_listen = 127.0.0.1:${port}
 kdc_tcp_listen = 127.0.0.1:${port}
[realms]
 EXAMPLE.ORG = {
  database_name = ${file("principal")}
  key_stash_file = ${file("stash")}
 }
`,
);

let centre: ChildProcess | undefined;
process.once("exit", () => {
  centre?.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

tool("kdb5_util", "create", "-s", "-P", "the master password");
administer("addprinc -randkey who/localhost", `ktadd -k ${file("keytab")} who/localhost`);
administer("addprinc -pw secret ann", "addprinc -pw secret bob");
centre = spawn("krb5kdc", ["-n"], { stdio: "ignore" });
await untilItAccepts();
for (const name of ["ann", "bob"]) execFileSync("kinit", ["-c", file(`${name}.cache`), name], { input: "secret\n" });
console.log("the realm EXAMPLE.ORG has its key distribution centre, and ann and bob have tickets");

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const { words } = await startServer([], script("server.js"), [], /^listening at (.*)$/);
for (const name of ["ann", "bob", "nobody"]) {
  process.env["KRB5CCNAME"] = file(`${name}.cache`);
  await runClient(script("client.js"), [words[0] as string, name]);
}
process.exit();

/** Without the package, every call would fail with RPC_GSS_FAILED. */
function requireKoffi(): void {
  try {
    import.meta.resolve("koffi");
  } catch {
    console.error("The package koffi is not installed. In this clone: npm install --no-save --save-prod koffi");
    process.exit(1);
  }
}

function administer(...commands: readonly string[]): void {
  for (const command of commands) tool("kadmin.local", "-q", command);
}

function tool(command: string, ...args: readonly string[]): void {
  try {
    execFileSync(command, args, { stdio: "pipe" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    console.error(`${command} is not installed. Debian: apt-get install krb5-kdc krb5-admin-server krb5-user`);
    process.exit(1);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: free } = server.address() as AddressInfo;
  server.close();
  return free;
}

async function untilItAccepts(): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const accepts = await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (accepts) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("krb5kdc does not answer");
}
