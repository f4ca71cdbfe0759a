// The credential and the source port of `lupine call`, from its flags.
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ClientAuth } from "../../rpc/call.js";
import { CommandError } from "../output.js";

export interface CredentialFlags {
  readonly auth?: "none" | "sys";
  readonly uid?: number;
  readonly gid?: number;
  readonly gids?: readonly number[];
  readonly machine?: string;
  readonly sec?: keyof typeof protections;
  readonly service?: string;
  readonly reservedPort?: boolean;
}

/** The names that NFS has for the protections of RPCSEC_GSS. */
const protections = { krb5: "none", krb5i: "integrity", krb5p: "privacy" } as const;

/** Adds `--auth`, the flags for AUTH_SYS and for Kerberos, and `--reserved-port`. */
export function addCredentialOptions(command: Command): void {
  command
    .addOption(new Option("--auth <flavor>", "credential to send (default: none)").choices(["none", "sys"]))
    .option("--uid <number>", "uid to send with --auth sys (default: your own)", parseId)
    .option("--gid <number>", "gid to send with --auth sys (default: your own)", parseId)
    .option("--gids <numbers>", "further gids, separated by commas, at most 16 (default: your own)", parseIds)
    .option("--machine <name>", "machine name to send with --auth sys (default: this one's name)")
    .addOption(
      new Option(
        "--sec <kind>",
        "prove yourself by Kerberos: krb5, krb5i (no change is possible), krb5p (encrypted)",
      ).choices(Object.keys(protections)),
    )
    .option("--service <name@host>", "the service that --sec proves itself to (default: host@ the host of the address)")
    .option(
      "--reserved-port",
      "call from a port below 1024, which some servers accept as proof of root (default for root)",
    )
    .option("--no-reserved-port", "call from any port, for root too");
}

/** Undefined without a credential. @throws CommandError when the flags cannot be combined, or have values that AUTH_SYS cannot carry. */
export async function credentialOf(flags: CredentialFlags): Promise<ClientAuth | undefined> {
  const { uid, gid, gids, machine } = flags;
  const said = Object.entries({ uid, gid, gids, machine }).filter(([, value]) => value !== undefined);
  if (flags.sec !== undefined) return kerberos(flags, said);
  if (flags.service !== undefined) throw new CommandError("USAGE", "--service belongs to --sec krb5, krb5i or krb5p");
  const { auth = said.length > 0 ? "sys" : "none" } = flags;
  if (auth === "none" && said.length > 0) {
    throw new CommandError("USAGE", `--${said[0]?.[0]} can only be used with --auth sys`);
  }
  if (auth === "none") return undefined;
  const { authSys } = await import("../../auth/sys.js");
  const identity = Object.fromEntries(said.map(([name, value]) => [name === "machine" ? "machineName" : name, value]));
  try {
    return authSys(identity);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const message = error.message.replace("options.machineName", "--machine").replace("options.", "--");
    throw new CommandError("USAGE", message);
  }
}

async function kerberos(flags: CredentialFlags, said: readonly (readonly [string, unknown])[]): Promise<ClientAuth> {
  const { sec = "krb5", service = "host", auth } = flags;
  const other = auth === undefined ? said[0]?.[0] : "auth";
  if (other !== undefined)
    throw new CommandError("USAGE", `--${other} and --sec are two credentials: give one of them`);
  const { authGss } = await import("../../gss/client.js");
  return authGss({ service, protection: protections[sec] });
}

/** Root's calls come from a reserved port, if one is available, as in C programs. */
export function sourcePortOf({ reservedPort }: CredentialFlags): boolean | "try" {
  return reservedPort ?? (process.geteuid?.() === 0 ? "try" : false);
}

function parseId(text: string): number {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(id <= 0xffff_ffff)) throw new InvalidArgumentError("It must be a number, 0 to 4294967295.");
  return id;
}

function parseIds(text: string): number[] {
  const ids = text.split(",").filter((id) => id !== "");
  if (ids.length > 16) throw new InvalidArgumentError("AUTH_SYS carries at most 16 groups.");
  return ids.map((id) => parseId(id.trim()));
}
