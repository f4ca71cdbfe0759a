// The URL scheme nats: for the server of a mailbox, and for clients of it: how a conversation begins.
import { systemClock } from "../../base/clock.js";
import { waitFor } from "../../base/wait.js";
import { hasNoResponders } from "../../directory/nats/jetstream.js";
import type { Message, Subscription } from "../../directory/nats/open-link.js";
import type { Address } from "../../transport/address.js";
import type { Connection, Listener } from "../../transport/connection.js";
import { TransportError } from "../../transport/errors.js";
import type { Scheme } from "../../transport/schemes/scheme.js";
import { parseNatsName } from "../nats-names.js";
import { NatsConversation } from "./conversation.js";
import { frame, frameKind, isNobody, protocolVersion, readFrame } from "./frames.js";
import type { MailLink, MailLinks } from "./links.js";

/** The most conversations of one mailbox at a time. */
const mostConversations = 1_000;
/** Milliseconds to wait for an answer of the process that has a name. */
const probeTime = 2_000;
/** Milliseconds; any number will do. */
const aliveInterval = 60_000;

interface NatsAddress {
  readonly kind: "nats";
  /** The text after `nats:`. */
  readonly name: string;
}

/** The address of a mailbox, as those of other schemes. */
export function natsAddress(bare: string): Address {
  return { kind: "nats", name: bare.slice("nats:".length) } satisfies NatsAddress as unknown as Address;
}

/**
 * The scheme, over the connections of one mailbox. `check` decides whether a conversation with the process that has a mailbox may begin.
 * @returns a scheme for `listen` and `connect`.
 */
export function natsScheme(links: MailLinks, check?: (mail: MailLink, name: string) => Promise<void>): Scheme {
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
      return listenOn(mail, name, address, onConnection);
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

/** @throws TransportError TRANSPORT_LISTEN_FAILED if another process has the name. */
async function listenOn(
  mail: MailLink,
  name: string,
  address: Address,
  onConnection: (connection: Connection) => void,
): Promise<Listener> {
  const { subject } = parseNatsName(name);
  await checkFree(mail, name, subject);
  let conversations = 0;
  const welcome = (other: string): void => {
    if (conversations >= mostConversations) {
      mail.link.publish(other, frame(frameKind.close));
      return;
    }
    conversations++;
    const own = mail.inbox();
    let conversation: NatsConversation | undefined;
    const subscription = mail.link.subscribe(own, {
      callback: (error, message) => {
        if (error === null) conversation?.take(message);
      },
    });
    conversation = new NatsConversation(mail, address, { own, other }, subscription, () => {
      conversations--;
    });
    onConnection(conversation);
    mail.link.publish(other, frame(frameKind.welcome, protocolVersion), { reply: own });
  };
  const subscription = mail.link.subscribe(subject, {
    queue: "mailbox",
    callback: (error, message) => {
      if (error === null) answer(mail, message, welcome);
    },
  });
  // Others can send once the server has the subscription.
  await mail.link.flush();
  // A mailbox keeps its process alive, as a listening socket does; the connection to NATS does not.
  const alive = systemClock.setInterval(() => {}, aliveInterval);
  const close = async (): Promise<void> => {
    systemClock.clearTimeout(alive);
    subscription.unsubscribe();
  };
  return { address, netid: "nats", close };
}

function answer(mail: MailLink, message: Message, welcome: (other: string) => void): void {
  const { reply } = message;
  const read = readFrame(message);
  if (reply === undefined || read === undefined) return;
  if (read.kind === frameKind.probe) mail.link.publish(reply, frame(frameKind.probe));
  else if (read.kind === frameKind.hello && read.number === protocolVersion) welcome(reply);
}

async function checkFree(mail: MailLink, name: string, subject: string): Promise<void> {
  const { TimeoutError } = mail.nats;
  let found = await probe(mail, subject);
  // The server may not have noticed yet that a process was killed. A second silence is that of a busy one.
  if (found instanceof TimeoutError) found = await probe(mail, subject);
  if (found === "nobody") return;
  const isTaken = found === "somebody" || found instanceof TimeoutError;
  const why = isTaken ? "another process has this name" : String(found);
  throw new TransportError("TRANSPORT_LISTEN_FAILED", `${name}: ${why}`, isTaken ? {} : { cause: found });
}

async function probe({ link, nats }: MailLink, subject: string): Promise<unknown> {
  try {
    await link.request(subject, frame(frameKind.probe), { timeout: probeTime });
    return "somebody";
  } catch (error) {
    return hasNoResponders(error, nats) ? "nobody" : error;
  }
}
