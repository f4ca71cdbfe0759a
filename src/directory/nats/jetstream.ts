// Requests to JetStream: JSON over NATS request and reply. Knows nothing of services.
import { BrandedError } from "../../base/brand.js";
import type { Messages } from "./link.js";
import type { Message, NatsPackage, RequestOptions } from "./packages.js";

/** JetStream answered a request with an error. */
export class JetStreamError extends BrandedError {
  static override readonly kind: string = "JetStreamError";
  /** JetStream's own number: 10059 is "stream not found". */
  readonly code: number;
  /** A status code as in HTTP. */
  readonly status: number;

  constructor(code: number, status: number, description: string) {
    super(description);
    this.code = code;
    this.status = status;
  }
}

export const jetStreamCodes = { streamNotFound: 10_059, messageNotFound: 10_037, wrongLastSequence: 10_071 } as const;

/** Whether a request has failed because nobody is subscribed to its subject: no process, or no JetStream. */
export function hasNoResponders(error: unknown, nats: NatsPackage): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof nats.NoRespondersError || hasNoResponders((error as Error).cause, nats);
}

type Answer = Readonly<Record<string, unknown>>;

/** A request of JetStream's API: `STREAM.INFO.KV_lupine`. Rejects with JetStreamError, or with an error of the client. */
export async function ask(nats: Messages, what: string, body: unknown, timeout: number): Promise<Answer> {
  const payload = body === undefined ? "" : JSON.stringify(body);
  return answerOf(await nats.request(`$JS.API.${what}`, payload, { timeout }));
}

/** Stores a message. Resolves with its sequence number when the stream has acknowledged it. */
export async function store(
  nats: Messages,
  subject: string,
  payload: Uint8Array | string,
  options: RequestOptions,
): Promise<number> {
  return storedAs(await nats.request(subject, payload, options));
}

/** The number of a message that JetStream has stored, from its answer. @throws JetStreamError */
export function storedAs(answer: Message): number {
  return Number(answerOf(answer)["seq"]);
}

/** @throws JetStreamError */
function answerOf(message: Message): Answer {
  let answer: unknown;
  try {
    answer = message.json();
  } catch {
    throw new JetStreamError(0, 0, `answered ${message.data.length} bytes that are not JSON`);
  }
  if (typeof answer !== "object" || answer === null)
    throw new JetStreamError(0, 0, "answered with JSON that is not an object");
  const { error } = answer as Answer;
  if (error === undefined) return answer as Answer;
  const { code, err_code, description } = (error ?? {}) as Answer;
  throw new JetStreamError(Number(err_code), Number(code), String(description));
}

/** JetStream's data about a message that a consumer delivers. */
export interface Delivery {
  /** Milliseconds since 1970, by the server's clock. */
  readonly stored: number;
  readonly sequence: number;
  /** Counts what the consumer has delivered, again included, from 1. */
  readonly place: number;
  /** The number of messages that follow. */
  readonly pending: number;
}

/**
 * Parses `$JS.ACK.stream.consumer.delivered.sequence.consumer sequence.time.pending`. Newer servers have two more
 * tokens before the stream, and more at the end.
 */
export function deliveryOf(reply: string | undefined): Delivery | undefined {
  const tokens = reply?.split(".") ?? [];
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK" || tokens.length < 9) return undefined;
  const [, sequence, place, time, pending] = tokens.slice(tokens.length === 9 ? 4 : 6);
  const delivery = {
    stored: Number(time) / 1e6,
    sequence: Number(sequence),
    place: Number(place),
    pending: Number(pending),
  };
  return Object.values(delivery).every(Number.isFinite) ? delivery : undefined;
}
