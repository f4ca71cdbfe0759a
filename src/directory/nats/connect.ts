// Connects to NATS as the URL specifies.

import { readFile } from "node:fs/promises";
import { systemClock } from "../../base/clock.js";
import { DirectoryError } from "../errors.js";
import type { NatsConnection, NatsPackage } from "./packages.js";
import type { NatsUrl } from "./url.js";

/**
 * The interval of pings in milliseconds. Two unanswered pings end a connection, so a silent server is left after six
 * seconds.
 */
const pingInterval = 2_000;
const longestAttempt = 3_000;

/** Makes connections to the servers of one URL. Each is used until it is lost: the client does not reconnect it. */
export interface Connector {
  /**
   * The first connection. A silent server is retried for this many milliseconds.
   * Rejects with an error of the client, or a DirectoryError.
   */
  first(timeout: number): Promise<NatsConnection>;
  /** One attempt at each known server, including those that the lost connection announced. */
  again(lost: NatsConnection): Promise<NatsConnection>;
}

/** `noEcho`: the connection does not receive what it has sent itself. */
export function natsConnector(
  nats: NatsPackage,
  url: NatsUrl,
  { noEcho = false }: { readonly noEcho?: boolean | undefined },
): Connector {
  return {
    async first(timeout) {
      const end = systemClock.now() + timeout;
      const options = {
        ...(await optionsFor(nats, url, { timeout: Math.min(timeout, longestAttempt), noEcho })),
        servers: [...url.servers],
      };
      for (;;) {
        try {
          return await nats.connect(options);
        } catch (error) {
          if (!(error instanceof nats.TimeoutError) || systemClock.now() >= end) throw error;
        }
      }
    },
    async again(lost) {
      const options = await optionsFor(nats, url, { timeout: longestAttempt, noEcho });
      let last: unknown;
      for (const server of inAnyOrder([...url.servers, ...(lost.info?.connect_urls ?? [])])) {
        try {
          return await nats.connect({ ...options, ...serverOptions(url, options, server) });
        } catch (error) {
          last = error;
        }
      }
      throw last;
    },
  };
}

function inAnyOrder(servers: readonly string[]): string[] {
  const keyed = [...new Set(servers)].map((server) => ({ server, key: systemClock.random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ server }) => server);
}

/**
 * For a server that another server announced by its address, the certificate is checked against the name in the URL.
 */
function serverOptions(url: NatsUrl, { tls }: Record<string, unknown>, server: string): Record<string, unknown> {
  const name = url.servers.map((one) => one.replace(/:\d+$/, "")).find((one) => !/^[\d.]+$|^\[/.test(one));
  const isTold = !url.servers.includes(server);
  const named = isTold && name !== undefined ? { tls: { ...(tls as object | undefined), servername: name } } : {};
  return { servers: [server], ...(tls === undefined ? {} : named) };
}

async function optionsFor(
  nats: NatsPackage,
  url: NatsUrl,
  own: { readonly timeout: number; readonly noEcho: boolean },
): Promise<Record<string, unknown>> {
  const { ca, cert, key, inbox } = url.options;
  return {
    name: "lupine directory",
    ...own,
    reconnect: false,
    pingInterval,
    ...definedOf({ token: url.token, user: url.user, pass: url.password, inboxPrefix: inbox }),
    ...definedOf({ authenticator: await authenticator(nats, url) }),
    ...(url.tls || ca !== undefined || cert !== undefined
      ? { tls: definedOf({ caFile: ca, certFile: cert, keyFile: key }) }
      : {}),
  };
}

async function authenticator(nats: NatsPackage, { options: { creds, nkey } }: NatsUrl): Promise<unknown> {
  if (creds !== undefined) return nats.credsAuthenticator(await secret("creds", creds));
  if (nkey === undefined) return undefined;
  const seed = await secret("nkey", nkey);
  return nats.nkeyAuthenticator(Buffer.from(seed.toString().trim()));
}

async function secret(option: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new DirectoryError("DIRECTORY_BAD_URL", `${option}=${path}: the file cannot be read`, { cause });
  }
}

function definedOf(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
