// Debian's servers as a machine runs them: NFS (nfs-ganesha with its export in memory), statd, rusersd and rstatd. They
// write to /var/lib/nfs and /run only, which are the namespace's own.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { type Running, run, start, until } from "./processes.js";

// Its own port for rquotad, 875, is among those that libtirpc's clients of root take for their connections.
const ganeshaConfiguration = (security: string) => `
NFS_CORE_PARAM { Protocols = 3,4; Enable_NLM = true; Enable_RQUOTA = true; Rquota_Port = 4875; }
NFSv4 { Graceless = true; RecoveryBackend = fs; }
EXPORT_DEFAULTS { Access_Type = RW; Squash = None; SecType = ${security}; }
EXPORT { Export_Id = 1; Path = /lupine; Pseudo = /lupine; Protocols = 3,4; Transports = UDP, TCP; FSAL { Name = MEM; } }
`;

/** How a command is started: as it is, or in a mount namespace of its own where there is no /run/rpcbind.sock. */
export type Wrap = (command: string, ...args: readonly string[]) => [string, string[]];

/** With the socket, as C programs find it on most machines. */
export const asIs: Wrap = (command, ...args) => [command, [...args]];

/** Nothing in /run: libtirpc turns to TCP [::1] port 111 then. */
export const withoutSocket: Wrap = (command, ...args) => {
  return ["unshare", ["-m", "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh", command, ...args]];
};

/** A new, empty /var/lib/nfs, that of this namespace alone. */
function prepareFolders(configuration: string): void {
  spawnSync("sh", ["-c", "umount /var/lib/nfs 2>/dev/null; mount -t tmpfs tmpfs /var/lib/nfs"]);
  for (const name of ["sm", "sm.bak", "ganesha"]) mkdirSync(`/var/lib/nfs/${name}`);
  spawnSync("chown", ["-R", "statd", "/var/lib/nfs"]);
  writeFileSync("/var/lib/nfs/ganesha.conf", configuration);
}

/** With a keytab, callers of its export must be proved by Kerberos. */
export function keytabFor(keytab: string): string {
  return `NFS_KRB5 { PrincipalName = "nfs"; KeytabPath = "${keytab}"; CCacheDir = "/run/ganesha"; Active_krb5 = true; }`;
}

/** nfs-ganesha, which registers nfs, mountd, nlockmgr and rquotad, and ends at once where it cannot. */
export async function startGanesha(wrap: Wrap, keytab?: string): Promise<Running> {
  const plain = keytab === undefined;
  prepareFolders(
    plain ? ganeshaConfiguration("sys, none") : ganeshaConfiguration("krb5, krb5i, krb5p") + keytabFor(keytab),
  );
  const log = "/var/lib/nfs/ganesha.log";
  const files = ["-f", "/var/lib/nfs/ganesha.conf", "-L", log, "-p", "/var/lib/nfs/ganesha.pid"];
  const ganesha = start(...wrap("ganesha.nfsd", "-F", ...files));
  const read = (): string => {
    try {
      return readFileSync(log, "utf8");
    } catch {
      return "";
    }
  };
  const [outcome] = await until(
    () => /NFS SERVER INITIALIZED|NFS EXIT|:FATAL :/.exec(read()) ?? undefined,
    () => `ganesha to be ready; it logged:\n${read()}`,
  );
  if (outcome === "NFS SERVER INITIALIZED") return ganesha;
  await ganesha.stop();
  throw new Error(`ganesha ended; it logged:\n${read()}`);
}

/** The status monitor. It registers after it has become the user statd. */
export async function startStatd(wrap: Wrap): Promise<Running> {
  const statd = start(...wrap("rpc.statd", "-F", "-d", "--no-notify"));
  await statd.printed(/Waiting for client connections/);
  return statd;
}

const daemons = ["rpc.rusersd", "rpc.rstatd"] as const;

/** rusersd and rstatd, which go to the background by themselves. They cannot take back what they register. */
export async function startDaemons(wrap: Wrap = asIs): Promise<AsyncDisposable> {
  for (const daemon of daemons) {
    const [command, args] = wrap("sh", "-c", `(${daemon} </dev/null >/dev/null 2>&1 &)`);
    await run(command, args);
  }
  await until(
    async () => {
      const { output } = await run("rpcinfo", ["-s", "127.0.0.1"]);
      return daemons.every((daemon) => output.includes(daemon.slice(4))) ? true : undefined;
    },
    () => `${daemons.join(" and ")} to be registered`,
  );
  return { [Symbol.asyncDispose]: async () => stopDaemons() };
}

/** Only those of this network: other test files may have their own. */
function stopDaemons(): void {
  const own = readlinkSync("/proc/self/ns/net");
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
      if (!(daemons as readonly string[]).includes(name) || readlinkSync(`/proc/${pid}/ns/net`) !== own) continue;
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
}
