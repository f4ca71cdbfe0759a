// Mailboxes of the tests with NATS.
import type { TestContext } from "node:test";
import { type Mailbox, type MailboxOptions, openMailbox } from "lupine/messaging";
import { unsignedInt } from "lupine/xdr";
import { nats as nodeNats } from "../directory-engines/nats-client.js";
import { type NatsServer, sharedNatsServer } from "../directory-engines/nats-server.js";

type RawConnection = Awaited<ReturnType<typeof nodeNats.connect>>;

export interface NatsMailboxes {
  server(): NatsServer;
  newName(): string;
  /** Opens a mailbox for numbers, until the test ends. */
  open(t: TestContext, options?: Partial<MailboxOptions<number>>, name?: string): Promise<Mailbox<number>>;
  /** A connection of another program. */
  connect(t: TestContext): Promise<RawConnection>;
}

/** A nats-server for the tests of a file. */
export function natsMailboxes(): NatsMailboxes {
  const server = sharedNatsServer();
  let made = 0;
  const newName = (): string => `nats://127.0.0.1:${server().port}/mail.test-${++made}`;
  return {
    server,
    newName,
    async open(t, options = {}, name = newName()) {
      const opened: Mailbox<number> = await openMailbox(name, { type: unsignedInt, ...options });
      t.after(() => opened.close());
      return opened;
    },
    async connect(t) {
      const connection = await nodeNats.connect({ servers: `127.0.0.1:${server().port}` });
      t.after(() => connection.close());
      return connection;
    },
  };
}

export function subjectOf(name: string): string {
  return name.replace(/.*\//, "");
}

/** The JetStream stream of a durable mailbox. */
export function streamOf(name: string): string {
  return `MAIL_${subjectOf(name).replaceAll(".", "=")}`;
}
