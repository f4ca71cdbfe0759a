// The flags for TLS of the commands that call servers.
import type { Command } from "commander";
import type { TlsConnectOptions } from "../transport/tls/connect-options.js";

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

/** The options of a client; undefined without TLS. */
export function tlsOf({ tls, cafile: ca, cert, key, servername }: TlsFlags): TlsConnectOptions | undefined {
  if (!tls && [ca, cert, key, servername].every((flag) => flag === undefined)) return undefined;
  return { ca, cert, key, servername };
}
