// Opens the engine for a URL. Each engine is loaded when its URL is used.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { checkKeyPair, tlsConnectOptions } from "../transport/tls/connect-options.js";
import { Directory } from "./directory.js";
import { askOptions, type DirectorySecret, type OpenDirectoryOptions, type OpenEngine } from "./engine.js";
import { readSecrets } from "./secret-file.js";

type EngineModule = { readonly openEngine: OpenEngine };

const engines = new Map<string, () => Promise<EngineModule>>([
  ["nats", () => import("./nats/engine.js")],
  ["nats+tls", () => import("./nats/engine.js")],
  ["dns", () => import("./dns/engine.js")],
]);
/** A directory server of this package: any target of a client. */
const served = (): Promise<EngineModule> => import("./served/engine.js");

/**
 * Opens a directory: `nats://host:4222` (NATS JetStream), `dns:example.org` (SRV records, read only), or a directory server
 * at `host`, `tcp://host:port`, `tls://host:port` or `unix:/path`. Default: the URL in the environment variable LUPINE_DIRECTORY, else this
 * machine's directory server. Registrations are signed with `options.secret`, or with the first secret in the file that
 * LUPINE_DIRECTORY_SECRET_FILE names.
 * @throws DirectoryError DIRECTORY_BAD_URL, DIRECTORY_ENGINE_MISSING or DIRECTORY_UNREACHABLE.
 * @example
 * await using directoryServer = await startDirectory({ port: 0 });
 * await using directory = await openDirectory(directoryServer.url, { timeout: 2_000 });
 * console.log(await directory.lookup("/services/add")); // []
 */
export async function openDirectory(url = defaultUrl(), options: OpenDirectoryOptions = {}): Promise<Directory> {
  checkOptions(openOptions, options);
  checkKeyPair(options.tls);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? "";
  const store = engines.get(scheme);
  for (const name of ["secret", "clock", "tls", "auth"] as const) {
    if (store !== undefined && options[name] !== undefined) {
      throw new TypeError(`options.${name}: ${url} is not a directory server; only directory servers take a ${name}`);
    }
  }
  const { openEngine } = await (store ?? served)();
  const { secret = store === undefined ? await defaultSecret() : undefined } = options;
  return new Directory(await openEngine(url, secret === undefined ? options : { ...options, secret }));
}

const openOptions: OptionTable<OpenDirectoryOptions> = {
  ...askOptions,
  clock: "object",
  secret: { name: "text", secret: "text" },
  tls: tlsConnectOptions,
  auth: "credential",
};

async function defaultSecret(): Promise<DirectorySecret | undefined> {
  const file = process.env["LUPINE_DIRECTORY_SECRET_FILE"];
  if (!file) return undefined;
  return readSecrets(file)[0];
}

function defaultUrl(): string {
  return process.env["LUPINE_DIRECTORY"] || "localhost";
}
