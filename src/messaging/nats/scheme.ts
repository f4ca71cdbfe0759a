// The URL scheme nats: for the server of a mailbox, and for clients of it: how a conversation begins.
import { waitFor } from "../../base/wait.js";
import type { Subscription } from "../../directory/nats/open-link.js";
import type { Address } from "../../transport/address.js";
import type { Connection } from "../../transport/connection.js";
import { TransportError } from "../../transport/errors.js";
import type { Scheme } from "../../transport/schemes/scheme.js";
import { parseNatsName } from "../nats-names.js";
import { NatsConversation } from "./conversation.js";
import { frame, frameKind, isNobody, protocolVersion, readFrame } from "./frames.js";
import type { MailLink, MailLinks } from "./links.js";
import { listenOn } from "./listen.js";

interface NatsAddress {
  readonly kind: "nats";
  /** The text after `nats:`. */
  readonly name: string;
}

/** The address of a mailbox, as those of other schemes. */
export function natsAddress(bare: string): Address {
  return { kind: "nats", name: bare.slice("nats:".length) } satisfies NatsAddress as unknown as Address;
}

export interface NatsSchemeOptions {
  /** Decides whether a conversation with the process that has a mailbox may begin. */
  readonly check?: (mail: MailLink, name: string) => Promise<void>;
  /** Called when another process has got the name that this one listens on, while the connection to NATS was lost. */
  readonly taken?: (error: Error) => void;
}

/** The scheme, over the connections of one mailbox, for `listen` and `connect`. */
export function natsScheme(links: MailLinks, { check, taken = () => {} }: NatsSchemeOptions = {}): Scheme {
  const scheme: Scheme = {
    name: "nats",
    example: "nats://host:4222/subject",
    parse(rest) {
      try {
        return natsAddress(parseNatsName(`nats:${rest}`).bare);
      } catch (error) {
        return (error as Error).message;
      }
    },
    fits: (value) => typeof (value as Partial<NatsAddress>).name === "string",
    async connect(address, { timeout, signal }) {
      const name = nameOf(address);
      const mail = await connected(links, name, timeout);
      await check?.(mail, name);
      return greet(mail, name, address, { timeout: timeout ?? 10_000, signal });
    },
    async listen(address, onConnection) {
      const name = nameOf(address);
      const mail = await links.to(name, undefined);
      return listenOn(mail, name, address, { onConnection, taken });
    },
  };
  return scheme;
}

function nameOf(address: Address): string {
  return `nats:${(address as unknown as NatsAddress).name}`;
}

async function connected(links: MailLinks, name: string, timeout: number | undefined): Promise<MailLink> {
  const mail = await links.to(name, timeout);
  if (!mail.link.isClosed()) return mail;
  throw new TransportError("TRANSPORT_CONNECT_FAILED", `NATS at ${mail.servers} cannot be reached`);
}

/** Says hello on the mailbox's subject, and waits for its welcome. */
async function greet(
  mail: MailLink,
  name: string,
  address: Address,
  patience: { readonly timeout: number; readonly signal?: AbortSignal | undefined },
): Promise<Connection> {
  const { subject } = parseNatsName(name);
  const own = mail.inbox();
  let conversation: NatsConversation | undefined;
  let subscribed: Subscription | undefined;
  const greeting = new Promise<NatsConversation>((resolve, reject) => {
    const failed = (why: string): void => reject(new TransportError("TRANSPORT_CONNECT_FAILED", `${name}: ${why}`));
    const subscription = mail.link.subscribe(own, {
      callback: (error, message) => {
        if (error !== null) return failed(error.message);
        if (conversation !== undefined) return conversation.take(message);
        if (isNobody(message)) return failed("no process has this mailbox");
        const kind = readFrame(message)?.kind;
        if (kind === frameKind.close) return failed("the mailbox has too many senders at a time");
        if (kind !== frameKind.welcome || message.reply === undefined) return;
        conversation = new NatsConversation(mail, address, { own, other: message.reply }, subscription);
        resolve(conversation);
      },
    });
    subscribed = subscription;
    mail.link.publish(subject, frame(frameKind.hello, protocolVersion), { reply: own });
  });
  const ended = (code: "TRANSPORT_TIMEOUT" | "TRANSPORT_CONNECT_FAILED", why: string): Error =>
    new TransportError(code, `${name}: ${why}`);
  try {
    return await waitFor(greeting, {
      ...patience,
      onTimeout: () => ended("TRANSPORT_TIMEOUT", `no answer in ${Math.ceil(patience.timeout)} ms`),
      onAbort: () => ended("TRANSPORT_CONNECT_FAILED", "the attempt to connect was ended"),
    });
  } catch (error) {
    subscribed?.unsubscribe();
    throw error;
  }
}
