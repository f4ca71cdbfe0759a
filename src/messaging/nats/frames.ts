// The frames that two ends of a conversation over NATS publish to each other: two words, then the bytes of an RPC message for `data`.
import type { Message } from "../../directory/nats/open-link.js";

/**
 * - hello: to the mailbox's subject, from a sender that gives its own subject as the reply subject; the number is the version
 * - welcome: the mailbox's answer, with the subject of this conversation as the reply subject
 * - data: the number counts the messages of one end from 1
 * - credit: the number of messages of the other end that were read
 * - ping: asks the NATS server to say so if the other end is no longer there
 * - close: the end of a conversation; the answer to a hello of a mailbox that is busy
 * - probe: asks whether a process has the mailbox; the answer is a probe
 * - handled: reports to the sender of a message that a durable mailbox has acknowledged it
 */
export const frameKind = { hello: 1, welcome: 2, data: 3, credit: 4, ping: 5, close: 6, probe: 7, handled: 8 } as const;

export const headerSize = 8;
export const protocolVersion = 1;

export interface Frame {
  readonly kind: number;
  readonly number: number;
}

export function frame(kind: number, number = 0): Uint8Array {
  const bytes = new Uint8Array(headerSize);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, kind);
  view.setUint32(4, number);
  return bytes;
}

/** Undefined for what is not a frame. */
export function readFrame({ data }: Message): Frame | undefined {
  if (data.length < headerSize) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, headerSize);
  return { kind: view.getUint32(0), number: view.getUint32(4) };
}

/** Whether this is the NATS server's answer that nobody has subscribed to the subject. */
export function isNobody({ headers, data }: Message): boolean {
  return headers?.code === 503 && data.length === 0;
}

/**
 * Whether an answer may be published to a subject that another process names: the process that has a mailbox may be allowed to publish what
 * that one may not, such as requests to JetStream and the messages of a durable mailbox.
 */
export function isAnswerSubject(subject: string | undefined): subject is string {
  if (subject === undefined || subject.length > longestSubject || /\.~[^.]*$/.test(subject)) return false;
  return /^[^$\s*>][^\s*>]*$/.test(subject);
}

const longestSubject = 256;
