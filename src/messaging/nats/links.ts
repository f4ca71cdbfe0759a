// The connections of one mailbox to NATS: one for each group of servers that its own name and the names of others have.
import type { NatsLink, NatsPackage } from "../../directory/nats/open-link.js";
import { RpcDisconnected } from "../../rpc/errors.js";
import { parseNatsName } from "../nats-names.js";

/** A connection to NATS, with the functions that are called at its end and its return. */
export interface MailLink {
  readonly link: NatsLink;
  readonly nats: NatsPackage;
  /** For messages: "nats://host:4222". */
  readonly servers: string;
  readonly replicas: number;
  /** Aborted when the mailbox has closed the connection. */
  readonly over: AbortSignal;
  /** A new subject for messages to this process only. */
  inbox(): string;
  /** A second connection, which does not receive what it has sent itself. The caller closes it. @throws DirectoryError */
  another(): Promise<NatsLink>;
  /** Called when the connection is lost; what was on its way may be lost, too. */
  readonly onLost: Set<() => void>;
  /** Called when there is a connection again. */
  readonly onReturn: Set<() => void>;
}

export class MailLinks {
  readonly #over = new AbortController();
  readonly #open = new Map<string, Promise<MailLink>>();

  /**
   * The connection for a name. A name without a login uses the connection to the same servers that another name has opened.
   * @throws DirectoryError
   */
  to(name: string, timeout: number | undefined): Promise<MailLink> {
    const { servers, connect, hasLogin } = parseNatsName(name);
    const known = this.#open.get(hasLogin ? connect : servers);
    if (known !== undefined) return known;
    const opening = openMailLink(connect, servers, timeout, this.#over.signal);
    const keys = hasLogin ? [connect, servers].filter((key) => !this.#open.has(key)) : [servers];
    for (const key of keys) this.#open.set(key, opening);
    opening.catch(() => {
      for (const key of keys) this.#open.delete(key);
    });
    return opening;
  }

  /** Closes the connections after what was sent over them has left. */
  async close(): Promise<void> {
    const all = [...new Set(this.#open.values())];
    this.#open.clear();
    this.#over.abort("over");
    await Promise.all(all.map((opening) => opening.then(closeLink, () => {})));
  }
}

async function closeLink({ link }: MailLink): Promise<void> {
  await link.flush();
  await link.close();
}

async function openMailLink(
  url: string,
  servers: string,
  timeout: number | undefined,
  over: AbortSignal,
): Promise<MailLink> {
  const { openLink } = await import("../../directory/nats/open-link.js");
  const options = timeout === undefined ? {} : { timeout };
  const { link, nats, url: parsed } = await openLink(url, options, { what: "mailbox" });
  const onLost = new Set<() => void>();
  const onReturn = new Set<() => void>();
  link.follow({
    lost: () => {
      for (const tell of [...onLost]) tell();
    },
    restored: () => {
      for (const tell of [...onReturn]) tell();
    },
  });
  return {
    link,
    nats,
    servers,
    over,
    replicas: Number(parsed.options.replicas ?? 1),
    another: async () => (await openLink(url, options, { what: "mailbox", noEcho: true })).link,
    inbox: () => nats.createInbox(parsed.options.inbox),
    onLost,
    onReturn,
  };
}

/** The error for a connection that is lost. */
export function lostLink(servers: string, mayHaveRun: boolean, cause?: unknown): RpcDisconnected {
  return new RpcDisconnected(`the connection to NATS at ${servers} is lost`, { mayHaveRun, cause });
}
