// Which peers this machine has, and tests that need them: skipped with the reason where one is missing, or failed when
// LUPINE_REQUIRE_PEERS=1.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { type TestContext, test } from "node:test";
import { insideNamespace } from "./namespace.js";

/** "c": rpcgen, libtirpc and a compiler. "rpcbind": Debian's rpcbind and rpcinfo. "rusers": Debian's rusersd, rusers and rstatd.
 * "nfs": statd, showmount and nfs-ganesha with its memory file system. "systemd": systemd's tools; it need
 * not run. "neovim", "emacs": editors with a client of the language server protocol. "nftables": its command nft. "mpi": Open MPI. "namespace": a network of one's own. "impacket": Debian's, for DCE RPC;
 * "samba": its daemon of DCE RPC and its modules for Python; "tshark": Wireshark's command.
 * "kerberos": MIT's key distribution centre, its library for C, and koffi. "python3", "openssl": the commands. */
export type Need =
  | "c"
  | "rpcbind"
  | "rusers"
  | "nfs"
  | "systemd"
  | "neovim"
  | "emacs"
  | "nftables"
  | "mpi"
  | "namespace"
  | "kerberos"
  | "impacket"
  | "samba"
  | "tshark"
  | "python3"
  | "openssl";

/**
 * A test that runs only where everything it needs is installed. The timeout only ends a test that hangs: it is much longer
 * than a busy machine needs.
 */
export function peerTest(
  name: string,
  needs: readonly Need[],
  body: (t: TestContext) => Promise<void>,
  { timeout = 600_000 }: { readonly timeout?: number } = {},
): void {
  const reasons = needs.flatMap((need) => missing(need) ?? []);
  if (reasons.length === 0) test(name, { timeout }, body);
  else if (process.env["LUPINE_REQUIRE_PEERS"] === "1") test(name, () => Promise.reject(new Error(reasons.join(" "))));
  else test(name, { skip: reasons.join(" ") }, () => {});
}

const found = new Map<Need, string | undefined>();

function missing(need: Need): string | undefined {
  if (!found.has(need)) found.set(need, look(need));
  return found.get(need);
}

function look(need: Need): string | undefined {
  switch (need) {
    case "c":
      if (has("rpcgen") && has("gcc") && existsSync("/usr/include/tirpc/rpc/rpc.h")) return undefined;
      return "No C peer here: apt-get install rpcsvc-proto libtirpc-dev gcc.";
    case "rpcbind":
      return has("rpcbind") && has("rpcinfo") ? undefined : "No rpcbind and rpcinfo here: apt-get install rpcbind.";
    case "rusers":
      if (["rpc.rusersd", "rpc.rstatd", "rusers"].every(has)) return undefined;
      return "No rusersd and rstatd here: apt-get install rusersd rusers rstatd.";
    case "nfs":
      if (["rpc.statd", "showmount", "ganesha.nfsd"].every(has) && hasMemoryExport()) return undefined;
      return "No NFS server and statd here: apt-get install nfs-common nfs-ganesha nfs-ganesha-mem.";
    case "systemd":
      if (["systemd-notify", "systemd-analyze", "systemd-socket-activate"].every(has)) return undefined;
      return "No tools of systemd here: apt-get install systemd.";
    case "neovim":
      return has("nvim") ? undefined : "No Neovim here: apt-get install neovim.";
    case "emacs":
      return has("emacs") && hasEglot() ? undefined : "No Emacs with Eglot here: apt-get install emacs-nox elpa-eglot.";
    case "nftables":
      return has("nft") ? undefined : "No nft here: apt-get install nftables.";
    case "mpi":
      return has("mpicc") && has("mpirun")
        ? undefined
        : "No Open MPI here: apt-get install openmpi-bin libopenmpi-dev.";
    case "impacket":
      return existsSync("/usr/lib/python3/dist-packages/impacket")
        ? undefined
        : "No impacket here: apt-get install python3-impacket.";
    case "kerberos":
      if (["krb5kdc", "kadmind", "kinit"].every(has) && existsSync("/usr/include/gssapi/gssapi.h") && hasKoffi())
        return undefined;
      return "No Kerberos here: apt-get install krb5-kdc krb5-admin-server krb5-user libkrb5-dev; npm install --no-save koffi.";
    case "samba":
      return existsSync("/usr/lib/python3/dist-packages/samba") && existsSync("/usr/libexec/samba/samba-dcerpcd")
        ? undefined
        : "No samba here: apt-get install samba python3-samba.";
    case "tshark":
      return has("tshark") ? undefined : "No tshark here: apt-get install tshark.";
    case "python3":
    case "openssl":
      return has(need) ? undefined : `No ${need} here: apt-get install ${need}.`;
    case "namespace":
      if (insideNamespace()) return undefined;
      return "No network of its own for this test: it needs root, and unshare, ip and mount (apt-get install util-linux iproute2).";
  }
}

function hasKoffi(): boolean {
  try {
    createRequire(import.meta.url).resolve("koffi");
    return true;
  } catch {
    return false;
  }
}

/** Emacs has it since version 29; for earlier ones it is a package. */
function hasEglot(): boolean {
  return spawnSync("emacs", ["--batch", "-f", "package-initialize", "-l", "eglot"]).status === 0;
}

function has(command: string): boolean {
  return (
    spawnSync("sh", ["-c", `PATH="$PATH:/usr/sbin:/sbin" command -v ${command}`], { stdio: "ignore" }).status === 0
  );
}

function hasMemoryExport(): boolean {
  return spawnSync("sh", ["-c", "ls /usr/lib/*/ganesha/libfsalmem.so"], { stdio: "ignore" }).status === 0;
}
