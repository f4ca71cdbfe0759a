// `lupine directory serve`: runs a directory server until a signal stops it.
import type { DirectoryEvent, DirectoryServer } from "../../directory/index.js";
import { cannotStart, firstSignal, hostsOf, lockOf, tellListening, tellReady } from "../binder/daemon.js";
import { note } from "../output.js";
import { type TlsServerFlags, tlsServerOf } from "../tls-flags.js";

export interface ServeOptions extends TlsServerFlags {
  readonly port: number;
  readonly bind: readonly string[];
  readonly all?: true;
  readonly udp?: true;
  readonly unix?: string;
  readonly unixMode: number;
  readonly registrants?: readonly string[];
  readonly secretFile?: string;
  readonly mostWeight?: number;
  readonly leastPriority?: number;
  readonly most?: number;
  readonly mostPerHost?: number;
  readonly rpcbind: string;
  readonly state?: string;
  readonly pidFile?: string;
  readonly log: "none" | "refused" | "changes";
  readonly readyFd?: number;
  readonly json?: true;
}

export async function serveDirectory(options: ServeOptions): Promise<void> {
  const stopped = firstSignal();
  using _lock = await lockOf(options.pidFile);
  await using directory = await start(options);
  await tellListening("directory", directory.addresses, options);
  await tellReady("directory", options.readyFd);
  await stopped;
}

async function start(options: ServeOptions): Promise<DirectoryServer> {
  const { readSecrets, startDirectory } = await import("../../directory/index.js");
  const { inheritedSockets } = await import("../../machine/systemd.js");
  const { port, udp, unix, unixMode, rpcbind, state, most, mostPerHost } = options;
  const { secretFile, mostWeight, leastPriority } = options;
  const registrants = registrantsOf(options);
  const tls = tlsServerOf(options);
  return startDirectory({
    port,
    host: hostsOf(options),
    udp: udp === true,
    unixMode,
    ...(registrants === undefined ? {} : { registrants }),
    ...(tls === undefined ? {} : { tls }),
    ...(secretFile === undefined ? {} : { secrets: readSecrets(secretFile) }),
    ...(mostWeight === undefined ? {} : { mostWeight }),
    ...(leastPriority === undefined ? {} : { leastPriority }),
    binder: rpcbind,
    inherited: inheritedSockets(),
    log: await logger(options.log),
    limits: {
      ...(most === undefined ? {} : { entries: most }),
      ...(mostPerHost === undefined ? {} : { perHost: mostPerHost }),
    },
    ...(unix === undefined ? {} : { unixPath: unix }),
    ...(state === undefined ? {} : { stateFile: state }),
  }).catch(cannotStart);
}

/** "any" and "local" cannot be combined with others. */
function registrantsOf({ registrants }: ServeOptions): "any" | "local" | readonly string[] | undefined {
  const [first] = registrants ?? [];
  return registrants?.length === 1 && (first === "any" || first === "local") ? first : registrants;
}

async function logger(level: ServeOptions["log"]): Promise<(event: DirectoryEvent) => void> {
  const { formatDirectoryEvent } = await import("../../directory/index.js");
  return (event) => {
    const isRefusal = ["refused", "flood", "crowded"].includes(event.kind);
    if (event.kind !== "trouble" && (level === "none" || (level === "refused" && !isRefusal))) return;
    note(formatDirectoryEvent(event));
  };
}
