// The thread of a mailbox that blocks: a mailbox whose messages are bytes. sync-mailbox.ts speaks to it.

import { openPartnerPort } from "../machine/partner-port.js";
import { copyOf } from "../xdr/memory.js";
import type { XdrType } from "../xdr/type.js";
import type { Mailbox } from "./mailbox.js";
import type { Received } from "./message-queue.js";
import { openMailbox } from "./open-mailbox.js";
import type { MailboxAnswer, MailboxCommand, MailboxFault } from "./thread-messages.js";

/** The encoding of a message, whatever its type is. */
const encoded: XdrType<Uint8Array> = {
  shape: { kind: "opaque", fixed: false, length: 0xffff_ffff },
  encode: (out, bytes) => out.writeBytes(bytes),
  decode(from) {
    const bytes = copyOf(from.buffer, from.offset, from.left);
    from.offset = from.end;
    return bytes;
  },
};

const port = await openPartnerPort();
let mailbox: Mailbox<Uint8Array> | undefined;

function post(answer: MailboxAnswer): void {
  port.post(answer);
}

function faultOf(error: unknown): MailboxFault {
  const { name = "Error", message = String(error), code = "" } = (error ?? {}) as NodeJS.ErrnoException;
  return { kind: name, message, code, mayHaveRun: (error as { mayHaveRun?: boolean }).mayHaveRun === true };
}

function answerOf(received: Received<Uint8Array> | undefined): MailboxAnswer {
  return received === undefined ? { kind: "none" } : { kind: "message", from: received.from, bytes: received.message };
}

async function obey(command: MailboxCommand): Promise<MailboxAnswer> {
  if (command.kind === "open") {
    mailbox = await openMailbox(command.name, { ...command.options, type: encoded });
    return { kind: "opened", name: mailbox.name, url: mailbox.url };
  }
  const own = mailbox as Mailbox<Uint8Array>;
  switch (command.kind) {
    case "send":
      await own.send(command.bytes, command.to, command.options);
      return { kind: "sent" };
    case "receive":
      return answerOf(await own.receive(command.options));
    case "try":
      return answerOf(own.tryReceive(command.options));
    case "close":
      return { kind: "closed", unread: await own.close() };
  }
}

// The other thread waits for an answer, whatever happens.
process.on("uncaughtException", (error) => post({ kind: "failed", fault: faultOf(error) }));
port.obey((command: MailboxCommand) => {
  obey(command).then(post, (error) => post({ kind: "failed", fault: faultOf(error) }));
});
