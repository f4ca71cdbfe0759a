// From a URL to the engine behind it. Each engine is loaded when its URL is used.
import { checkOptions, type OptionTable } from "../rpc/check-options.js";
import { Directory } from "./directory.js";
import { askOptions, type DirectorySecret, type OpenDirectoryOptions, type OpenEngine } from "./engine.js";
import { DirectoryError } from "./errors.js";

type EngineModule = { readonly openEngine: OpenEngine };

const engines = new Map<string, () => Promise<EngineModule>>([
  ["nats", () => import("./nats/engine.js")],
  ["tls", () => import("./nats/engine.js")],
  ["dns", () => import("./dns/engine.js")],
]);
/** A directory server of this package: any target of a client. */
const served = (): Promise<EngineModule> => import("./served/engine.js");

/**
 * Opens a directory: `nats://host:4222` (NATS JetStream), `dns:example.org` (SRV records, read only), or where a
 * directory server listens: `host`, `tcp://host:port`, `unix:/path`. Without a URL, that of the environment variable
 * LUPINE_DIRECTORY, else this machine's directory server. What is registered is proved with `options.secret`, or the first
 * one in the file that LUPINE_DIRECTORY_SECRET_FILE names.
 * @throws DirectoryError DIRECTORY_BAD_URL, DIRECTORY_ENGINE_MISSING or DIRECTORY_UNREACHABLE.
 */
export async function openDirectory(url = defaultUrl(), options: OpenDirectoryOptions = {}): Promise<Directory> {
  checkOptions(openOptions, options);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? "";
  const store = engines.get(scheme);
  if (store !== undefined && options.secret !== undefined) {
    throw new TypeError(`options.secret: ${url} is no directory server; only those take one`);
  }
  const { openEngine } = await (store ?? served)();
  const { secret = store === undefined ? await defaultSecret() : undefined } = options;
  return new Directory(await openEngine(url, secret === undefined ? options : { ...options, secret }));
}

const openOptions: OptionTable<OpenDirectoryOptions> = { ...askOptions, secret: { name: "text", secret: "text" } };

async function defaultSecret(): Promise<DirectorySecret | undefined> {
  const file = process.env["LUPINE_DIRECTORY_SECRET_FILE"];
  if (!file) return undefined;
  const { readSecrets } = await import("./secret-file.js");
  return readSecrets(file)[0];
}

function defaultUrl(): string {
  return process.env["LUPINE_DIRECTORY"] || "localhost";
}

/** What a client's target says: `dir:/services/time`, or `dir://host:port/services/time` with the directory server. */
export interface DirectoryTarget {
  readonly path: string;
  /** Where the directory is; undefined: where `openDirectory` looks by itself. */
  readonly url: string | undefined;
}

/** @throws DirectoryError DIRECTORY_BAD_URL. */
export function parseDirectoryTarget(target: string): DirectoryTarget {
  const parts = /^dir:(?:\/\/([^/]*))?(\/.*)$/i.exec(target);
  if (parts === null || parts[1] === "") {
    const message = `bad target ${JSON.stringify(target)}: write dir:/services/time, or dir://host:port/services/time`;
    throw new DirectoryError("DIRECTORY_BAD_URL", message);
  }
  const [, authority, path = ""] = parts;
  if (authority === undefined) return { path, url: undefined };
  return { path, url: /:\d+$/.test(authority) ? `tcp://${authority}` : authority };
}
