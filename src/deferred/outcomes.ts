// The outcome and the progress of a ticket, as clients get them.
import type { IncomingCall, Progress } from "../rpc/call.js";
import { defaultDatagramReply } from "../server/index.js";
import type { Server } from "../server/server.js";
import { silent } from "../session/message.js";
import { ticket_state as State, type ticket_news, type ticket_outcome } from "./deferred.gen.js";
import type { ServerTicket } from "./ticket.js";

/** Bytes of the reply of DEFERRED_FETCH around an outcome: header, verifier, state, length, padding. */
const fetchOverhead = 40;

/** The answer to a fetch. An outcome that does not fit a datagram is reported, and can be fetched over TCP. */
export function fetchedOutcome(ticket: ServerTicket, { remote }: IncomingCall, server: Server): ticket_outcome {
  const { reply } = ticket;
  const bytes = (reply?.length ?? 0) + fetchOverhead;
  if (
    ticket.told !== State.TICKET_DONE ||
    reply === undefined ||
    remote.kind !== "udp" ||
    bytes <= defaultDatagramReply
  )
    return outcomeOf(ticket);
  const limit = `a reply over UDP may have ${defaultDatagramReply}; fetch it over TCP`;
  server.reportError(new Error(`the outcome of ticket ${ticket.key} needs ${bytes} bytes, and ${limit}`));
  return withoutResult(reply);
}

/** A report of progress, with a short note and numbers that can be sent. */
export function sentProgress({ done, total = 0, note = "" }: Progress): Required<Progress> {
  return { done: finite(done), total: finite(total), note: noteOf(String(note)) };
}

/** 0 in place of NaN, infinite numbers and other values. */
function finite(value: unknown): number {
  const number = Number(value);
  return Number.isFinite(number) ? number : 0;
}

/** State, reply and progress as they are sent. */
function outcomeOf({ told: state, reply, progress, progressNumber }: ServerTicket): ticket_outcome {
  if (state === State.TICKET_DONE) return { state, reply: reply as Uint8Array<ArrayBuffer> };
  if (state !== State.TICKET_ACCEPTED) return { state };
  const { done = 0, total = 0, note = "" } = progress ?? {};
  return { state, progress: { number: progressNumber, done, total, note } };
}

/** The outcome of a call whose reply is too long for this client: SYSTEM_ERR, as an ordinary call would get. */
export function withoutResult(reply: Uint8Array): ticket_outcome {
  return { state: State.TICKET_DONE, reply: silent(reply) as Uint8Array<ArrayBuffer> };
}

export const newsOf = (ticket: ServerTicket): ticket_news => ({ id: ticket.id, outcome: outcomeOf(ticket) });

/** Progress notes beyond this number of bytes are cut. */
const longestNote = 256;

/** The note as it fits: whole characters, at most 256 bytes. */
function noteOf(note: string): string {
  let text = note;
  while (Buffer.byteLength(text) > longestNote) text = text.slice(0, Math.min(text.length - 1, longestNote));
  // Half of a pair of code units is not a character.
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
