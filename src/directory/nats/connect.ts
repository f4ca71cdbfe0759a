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
const reconnectWait = 250;

/**
 * Connects, and from then on reconnects without limit. A silent server is retried for this many milliseconds.
 * Rejects with an error of the client, or a DirectoryError.
 */
export async function connectNats(nats: NatsPackage, url: NatsUrl, timeout: number): Promise<NatsConnection> {
  const end = systemClock.now() + timeout;
  const options = await optionsFor(nats, url, Math.min(timeout, longestAttempt));
  for (;;) {
    try {
      return await nats.connect(options);
    } catch (error) {
      if (!(error instanceof nats.TimeoutError) || systemClock.now() >= end) throw error;
    }
  }
}

async function optionsFor(nats: NatsPackage, url: NatsUrl, timeout: number): Promise<Record<string, unknown>> {
  const { ca, cert, key, inbox } = url.options;
  return {
    servers: [...url.servers],
    name: "lupine directory",
    timeout,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectWait,
    reconnectJitter: reconnectWait,
    reconnectJitterTLS: reconnectWait,
    ignoreAuthErrorAbort: true,
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
