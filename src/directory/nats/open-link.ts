// Opens a connection to NATS as a URL specifies, for the directory and for the other parts of the library that use NATS.
import { type AskDirectoryOptions, defaultDirectoryTimeout } from "../engine.js";
import { DirectoryError } from "../errors.js";
import { inTime, unreachable } from "../in-time.js";
import { natsConnector } from "./connect.js";
import { judge } from "./failures.js";
import { NatsLink } from "./link.js";
import { loadNats, type NatsPackage } from "./packages.js";
import { type NatsUrl, parseNatsUrl, shown } from "./url.js";

export type { NatsLink } from "./link.js";
export type { Message, NatsPackage, Subscription } from "./packages.js";
export type { NatsUrl } from "./url.js";

/** A connection that is replaced when it is lost. */
export interface OpenLink {
  readonly link: NatsLink;
  readonly nats: NatsPackage;
  readonly url: NatsUrl;
  /** Its use and its URL, for messages: "directory at nats://host:4222". */
  readonly name: string;
}

/**
 * `what`: its use, for messages; `bucket`: that of URLs that name none; `noEcho`: it does not receive what it has sent itself.
 * @throws DirectoryError
 */
export async function openLink(
  url: string,
  options: AskDirectoryOptions,
  { what, bucket, noEcho }: { readonly what: string; readonly bucket?: string; readonly noEcho?: boolean },
): Promise<OpenLink> {
  const parsed = parseNatsUrl(url, bucket);
  const name = `${what} at ${shown(url)}`;
  const nats = await loadNats(what);
  const { timeout = defaultDirectoryTimeout } = options;
  const connector = natsConnector(nats, parsed, { noEcho });
  const connecting = connector.first(timeout);
  const connection = await inTime({ name, options, ask: () => connecting }).catch((error: unknown) => {
    connecting.then((late) => late.close()).catch(() => {});
    const verdict = judge(error, name, nats, true);
    throw verdict instanceof DirectoryError ? verdict : unreachable(name, `${(error as Error).message}`, error);
  });
  return { link: new NatsLink(connection, connector), nats, url: parsed, name };
}
