// Names of mailboxes: a plain name stands for a Unix socket in a folder of the user's own, a URL for itself.
import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { wrong } from "../base/check-options.js";
import { quote } from "../base/quote.js";
import { isServiceTarget, parseServiceTarget } from "../client/service-target.js";
import { type Address, formatAddress, parseAddress } from "../transport/address.js";
import { schemeNamed } from "../transport/schemes/table.js";
import { MailboxError } from "./errors.js";
import { isNatsName, parseNatsName, withoutLogin } from "./nats-names.js";

const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const ending = ".mailbox";

/** The folder of this user's mailboxes: below `XDG_RUNTIME_DIR`, else in /tmp under a name with the user's number. */
export function mailFolder(): string {
  const { XDG_RUNTIME_DIR: own } = process.env;
  return own ? join(own, "lupine-mail") : join("/tmp", `lupine-mail-${process.getuid?.() ?? "all"}`);
}

/**
 * The URL of the mailbox with this name.
 * @throws MailboxError MAILBOX_BAD_NAME.
 * @example
 * console.log(mailboxUrl("tcp://127.0.0.1:4000"), mailboxUrl("printer").startsWith("unix:")); // tcp://127.0.0.1:4000 true
 */
export function mailboxUrl(name: string): string {
  if (typeof name !== "string") wrong("the name of a mailbox", name, "a string");
  if (plainName.test(name)) return formatAddress({ kind: "unix", path: join(mailFolder(), name + ending) });
  if (isServiceTarget(name)) return checked(name, serviceUrl);
  if (isNatsName(name)) return checked(name, natsUrl);
  const address = addressIn(name);
  if (typeof address === "string") throw new MailboxError("MAILBOX_BAD_NAME", `${quote(name)} ${address}`);
  // Senders and receivers may have other working directories.
  return formatAddress(address.kind === "unix" ? { ...address, path: resolve(address.path) } : address);
}

const forms =
  "tcp://host:port, udp://host:port, unix:/path, memory:name, dir:/mail/printer (in a directory) or nats://host:4222/printer";

/** The address; for a malformed one, the reason. */
function addressIn(name: string): Address | string {
  if (name === "") return "is not the name of a mailbox; the sender of a message whose `from` is empty has no mailbox";
  const [start = "", kind] = /^([a-z][a-z0-9+.-]*):/.exec(name) ?? [];
  if (kind === undefined) {
    const rule = "has 1 to 64 letters, digits, dots, dashes and underscores and begins with a letter or digit";
    return `is not the name of a mailbox: a name ${rule}; or use ${forms}`;
  }
  const read = schemeNamed(kind)?.parse(name.slice(start.length)) ?? `the scheme ${kind}: is not known`;
  const address = typeof read === "object" && read.kind === "host" ? "the port is missing" : read;
  return typeof address === "string" ? `is not the address of a mailbox: ${address}; use ${forms}` : address;
}

/** @throws MailboxError MAILBOX_BAD_NAME, without the login of a name on NATS. */
function checked(name: string, urlOf: (name: string) => string): string {
  try {
    return urlOf(name);
  } catch (cause) {
    const shown = quote(name.replace(/\/\/[^/?#]*@/, "//"));
    throw new MailboxError("MAILBOX_BAD_NAME", `${shown} is not a name: ${(cause as Error).message}`, { cause });
  }
}

/** A name in a directory: `dir:/mail/printer`. @throws Error */
function serviceUrl(name: string): string {
  parseServiceTarget(name);
  return name.replace(/^dir:/i, "dir:").replace(/\/$/, "");
}

/** A subject of NATS: `nats://host:4222/printer`. @throws Error */
function natsUrl(name: string): string {
  parseNatsName(name);
  return name;
}

/**
 * The plain name of one of this user's mailboxes; a name on NATS without its login; the address of localhost, where its mailboxes are; other
 * URLs stay. A sender is found under this name.
 */
export function nameOf(url: string): string {
  if (isNatsName(url)) return withoutLogin(url);
  const start = `unix:${mailFolder()}/`;
  if (!url.startsWith(start) || !url.endsWith(ending))
    return url.replace(/^(tcp|udp):\/\/localhost:/, "$1://127.0.0.1:");
  const name = url.slice(start.length, -ending.length);
  return plainName.test(name) ? name : url;
}

/**
 * The address of a sender's mailbox. The sender claims it, but a mailbox that listens on all addresses of its machine
 * does not know which of them others can reach.
 * @returns the claim, with the message's source address in place of a wildcard; empty if the claim is not an address.
 */
export function senderUrl(claim: string, remote: Address): string {
  if (claim === "") return "";
  try {
    if (isServiceTarget(claim)) return serviceUrl(claim);
    if (isNatsName(claim)) return withoutLogin(claim);
    const address = parseAddress(claim);
    if (!("host" in address) || !("host" in remote)) return formatAddress(address);
    const isWildcard = address.host === "0.0.0.0" || address.host === "::";
    return formatAddress(isWildcard ? { ...address, host: remote.host } : address);
  } catch {
    return "";
  }
}

/**
 * Makes the folder of this user's mailboxes.
 * @throws MailboxError MAILBOX_BAD_NAME if another user has made it, or may write to it.
 */
export function makeMailFolder(): void {
  const folder = mailFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const uid = process.getuid?.();
  if (!found.isDirectory() || (uid !== undefined && found.uid !== uid))
    throw new MailboxError("MAILBOX_BAD_NAME", `${folder} belongs to another user: set XDG_RUNTIME_DIR, or give a URL`);
  if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}
