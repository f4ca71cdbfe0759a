// nats: and nats+tls: URLs: nats://[user:password@|token@]host[:port][,host...][/bucket][?creds=...&replicas=...].
import { DirectoryError } from "../errors.js";

/** The parts of the URL. */
export interface NatsUrl {
  /** `host` or `host:port`; one server of a cluster is enough. */
  readonly servers: readonly string[];
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly bucket: string;
  readonly options: Readonly<Partial<Record<NatsUrlOption, string>>>;
}

/**
 * `creds`, `nkey`, `ca`, `cert`, `key`: files. `inbox`: the prefix of inboxes. `replicas`: of a bucket that this engine
 * creates.
 */
export type NatsUrlOption = (typeof known)[number];

const known = ["creds", "nkey", "ca", "cert", "key", "inbox", "replicas"] as const;
const form = /^(nats|nats\+tls):\/\/(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^/?#]*))?(?:\?([^#]*))?$/i;
const server = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i;

/** @throws DirectoryError DIRECTORY_BAD_URL, without the secrets in the URL. */
export function parseNatsUrl(url: string, defaultBucket = "lupine"): NatsUrl {
  const parts = form.exec(url);
  if (parts === null) throw badUrl(url, "write it like nats://host:4222/bucket");
  const [, scheme = "", login, hosts = "", bucket, query] = parts;
  const servers = hosts.split(",");
  const wrong = servers.find((one) => !isServer(one));
  if (wrong !== undefined) throw badUrl(url, `${JSON.stringify(wrong)} is not host or host:port`);
  const name = bucket || defaultBucket;
  if (!/^[a-z0-9_-]{1,64}$/i.test(name)) {
    throw badUrl(url, `the bucket ${JSON.stringify(name)} is not 1 to 64 letters, digits, _ and -`);
  }
  return {
    servers,
    tls: scheme.toLowerCase() === "nats+tls",
    bucket: name,
    ...loginOf(url, login),
    options: optionsOf(url, query),
  };
}

/** The URL for messages: without its password or token. */
export function shown(url: string): string {
  return url.replace(/^([a-z+]+:\/\/)[^/?#]*@/i, "$1");
}

function isServer(text: string): boolean {
  const port = server.exec(text);
  return port !== null && (port[1] === undefined || (Number(port[1]) >= 1 && Number(port[1]) <= 65_535));
}

function loginOf(url: string, login: string | undefined): Pick<NatsUrl, "user" | "password" | "token"> {
  if (!login) return {};
  const at = login.indexOf(":");
  try {
    if (at < 0) return { token: decodeURIComponent(login) };
    return { user: decodeURIComponent(login.slice(0, at)), password: decodeURIComponent(login.slice(at + 1)) };
  } catch {
    throw badUrl(url, "its user, password or token has a % that is not followed by two hexadecimal digits");
  }
}

function optionsOf(url: string, query = ""): NatsUrl["options"] {
  const options: Partial<Record<NatsUrlOption, string>> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const option = known.find((one) => one === name);
    if (option === undefined)
      throw badUrl(url, `it has no option ${JSON.stringify(name)}; there are ${known.join(", ")}`);
    options[option] = value;
  }
  if (options.replicas !== undefined && !/^[1-5]$/.test(options.replicas)) throw badUrl(url, "replicas is 1 to 5");
  if (options.inbox !== undefined && !/^[\w-]+(?:\.[\w-]+)*$/.test(options.inbox)) {
    throw badUrl(url, "inbox is a subject without wildcards, like _INBOX.time");
  }
  return options;
}

function badUrl(url: string, why: string): DirectoryError {
  return new DirectoryError("DIRECTORY_BAD_URL", `bad URL ${JSON.stringify(shown(url))}: ${why}`);
}
