// Names of mailboxes on NATS: nats://[user:password@|token@]host[:port][,host...]/subject[?creds=...]. The code that connects is loaded
// with the first such name.

const form = /^(nats(?:\+tls)?:\/\/)(?:([^@/?#\s]*)@)?([^@/?#\s]+)\/([^/?#\s]*)(\?[^#\s]*)?$/;
const subjectForm = /^[A-Za-z0-9_-]{1,64}(?:\.[A-Za-z0-9_-]{1,64})*$/;
const longestSubject = 128;
const defaultPort = ":4222";

export interface NatsName {
  /** The name as others can have it: without login and options, each host with its port. */
  readonly bare: string;
  /** The servers: `nats://host:4222`. */
  readonly servers: string;
  readonly subject: string;
  /** The URL for a connection: with login and options, without the subject. */
  readonly connect: string;
  /** Whether the name says how to log in. */
  readonly hasLogin: boolean;
}

export function isNatsName(name: string): boolean {
  return /^nats(\+tls)?:/.test(name);
}

/** @throws Error that says what is wrong. */
export function parseNatsName(name: string): NatsName {
  const [, scheme = "", login = "", hosts = "", subject = "", options = ""] = form.exec(name) ?? [];
  if (scheme === "") throw new Error("write it like nats://host:4222/subject");
  if (!subjectForm.test(subject) || subject.length > longestSubject) {
    const rule = "words of letters, digits, dashes and underscores, with dots between them";
    throw new Error(`its subject is not 1 to ${longestSubject} characters: ${rule}`);
  }
  const all = hosts.split(",").map((host) => (/:\d+$/.test(host) ? host : host + defaultPort));
  const servers = scheme + all.join(",").toLowerCase();
  return {
    bare: `${servers}/${subject}`,
    servers,
    subject,
    connect: `${scheme}${login === "" ? "" : `${login}@`}${servers.slice(scheme.length)}${options}`,
    hasLogin: login !== "" || options !== "",
  };
}

/** The name without login and options; other names are returned unchanged. */
export function withoutLogin(url: string): string {
  return isNatsName(url) ? parseNatsName(url).bare : url;
}
