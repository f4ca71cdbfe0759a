// A client's call, as an association sees it, and the ways in which an association ends.

/** A reply: stub data, in the byte order of its sender. */
export interface DceReply {
  readonly stub: Uint8Array;
  readonly little: boolean;
}

/** The connection ended before the reply was there. */
export class AssociationLost extends Error {}

/** The server wants the connection to end. Calls not sent over it belong on a new one. */
export class AssociationEnding extends AssociationLost {}

/** A call on its way. */
export interface OutgoingCall {
  readonly operation: { readonly number: number };
  readonly stub: Uint8Array;
  /** Whether it has no reply. */
  readonly oneWay: boolean;
  /** Nobody waits for it any more. */
  readonly isOver: boolean;
  /** The server should cancel it. */
  readonly isCancelled: boolean;
  /** Called when it is over, if it had to wait for its turn. */
  onOver: (() => void) | undefined;
  /** It is being sent, under this number. */
  sent(by: CallsInFlight, id: number): void;
  reply(reply: DceReply): void;
  failed(error: unknown): void;
}

/** The association over which a call was sent. */
export interface CallsInFlight {
  /** The server should cancel a call, which then ends as the server answers it. */
  cancel(id: number): void;
  /** Nobody waits for this call any more: the server is notified, and its reply dropped. */
  abandon(id: number): void;
}
