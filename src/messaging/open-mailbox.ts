// Opens mailboxes: the everyday way to have one.
import { Mailbox } from "./mailbox.js";
import { checkMailboxOptions, checkOptionsFor, type MailboxOptions } from "./mailbox-options.js";
import { mailboxUrl, makeMailFolder, nameOf } from "./names.js";

/**
 * Opens a mailbox under a name and returns it once others can send to it. `name` is a plain name, for processes of this user
 * on this machine; a name in a directory, `dir:/mail/printer`, or a subject of NATS, `nats://host:4222/printer`, for any machine; or an address: `memory:NAME` for this thread, `tcp://HOST:PORT`, `udp://HOST:PORT`, `unix:PATH`. Port 0
 * takes a free port, which the mailbox's `url` has.
 * @throws MailboxError MAILBOX_BAD_NAME. DirectoryError if the directory or NATS cannot be reached, or a package is missing. TransportError TRANSPORT_LISTEN_FAILED if another process has the name. TypeError for
 * a wrong option.
 * @example
 * await using printer = await openMailbox("memory:printer", { type: numbers });
 * await using user = await openMailbox("memory:user", { type: numbers });
 * await user.send({ a: 1, b: 2 }, "memory:printer");
 * const { from, message } = await printer.receive();
 * console.log(message.a + message.b); // 3
 * await printer.send({ a: 3, b: 0 }, from);
 */
export async function openMailbox<T, Input = T>(
  name: string,
  options: MailboxOptions<T, Input>,
): Promise<Mailbox<T, Input>> {
  checkMailboxOptions(options);
  const url = mailboxUrl(name);
  checkOptionsFor(url, name, options);
  if (url.startsWith("unix:") && nameOf(url) !== url) makeMailFolder();
  const mailbox = new Mailbox(options);
  await mailbox.listen(url);
  return mailbox;
}
