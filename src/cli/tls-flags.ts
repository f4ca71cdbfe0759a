// The flags for TLS: of the commands that call servers, and of those that serve.
import { type Command, Option } from "commander";
import type { TlsListenOptions, TlsRequirement } from "../server/tls-options.js";
import type { TlsConnectOptions } from "../transport/tls/connect-options.js";
import { CommandError } from "./output.js";

export interface TlsFlags {
  readonly tls?: true;
  readonly cafile?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/** Adds `--tls` and the flags that imply it. */
export function addTlsOptions(command: Command, description: string): void {
  command
    .option("--tls", description)
    .option(
      "--cafile <file>",
      "the authorities that may sign the server's certificate, in PEM (default: Node's); implies --tls",
    )
    .option("--cert <file>", "the own certificate, in PEM, with --key; implies --tls")
    .option("--key <file>", "the key of --cert, in PEM")
    .option(
      "--servername <name>",
      "the name that the server's certificate must have (default: the host); implies --tls",
    );
}

/**
 * The options of a client; undefined without TLS. `host`: the name that the certificate must have by default. A binder has IP addresses,
 * but certificates have names.
 */
export function tlsOf(flags: TlsFlags, host?: string): TlsConnectOptions | undefined {
  const { tls, cafile: ca, cert, key, servername = host } = flags;
  if ((cert === undefined) !== (key === undefined)) {
    throw new CommandError("USAGE", cert === undefined ? "--key needs --cert" : "--cert needs --key");
  }
  if (!tls && [ca, cert, key, flags.servername].every((flag) => flag === undefined)) return undefined;
  return { ca, cert, key, servername };
}

export interface TlsServerFlags {
  readonly cert?: string;
  readonly key?: string;
  readonly cafile?: string;
  readonly require?: TlsRequirement | "optional";
}

/** Adds `--cert`, `--key`, `--cafile` and `--require`. */
export function addTlsServerOptions(command: Command): void {
  command
    .option("--cert <file>", "offer TLS on TCP with this certificate, in PEM; needs --key")
    .option("--key <file>", "the key of --cert, in PEM")
    .option("--cafile <file>", "the authorities that may sign the certificates of callers, in PEM")
    .addOption(
      new Option("--require <what>", "what TCP callers need (default: tls)").choices([
        "tls",
        "client-certificate",
        "optional",
      ]),
    );
}

/** Undefined without TLS. @throws CommandError for flags without --cert. */
export function tlsServerOf(flags: TlsServerFlags): TlsListenOptions | undefined {
  const { cert, key, cafile: ca, require } = flags;
  if (cert !== undefined && key !== undefined) return { cert, key, ca, require };
  const [lone] = Object.entries({ cert, key, cafile: ca, require }).find(([, value]) => value !== undefined) ?? [];
  if (lone === undefined) return undefined;
  throw new CommandError("USAGE", `--${lone} needs ${cert === undefined ? "--cert and --key" : "--key"}`);
}
