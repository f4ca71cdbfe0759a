// The NATS client: a package that users of a NATS directory install, and that is loaded when one is opened. The types
// of it that are used are repeated here, because the package's own types are missing where it is not installed (and do
// not compile as strictly).
import { DirectoryError } from "../errors.js";

export interface NatsPackage {
  connect(options: Readonly<Record<string, unknown>>): Promise<NatsConnection>;
  createInbox(prefix?: string): string;
  headers(): MessageHeaders;
  credsAuthenticator(creds: Uint8Array): unknown;
  nkeyAuthenticator(seed: Uint8Array): unknown;
  readonly AuthorizationError: ErrorClass;
  readonly NoRespondersError: ErrorClass;
  readonly PermissionViolationError: ErrorClass<PermissionViolation>;
  readonly TimeoutError: ErrorClass;
  readonly UserAuthenticationExpiredError: ErrorClass;
}

type ErrorClass<T = unknown> = abstract new (...args: never) => Error & T;

interface PermissionViolation {
  readonly operation: "publish" | "subscription";
  readonly subject: string;
}

export interface NatsConnection {
  readonly info?:
    | {
        readonly client_ip?: string;
        readonly jetstream?: boolean;
        readonly connect_urls?: readonly string[];
        readonly max_payload?: number;
      }
    | undefined;
  publish(subject: string, payload?: Uint8Array | string, options?: PublishOptions): void;
  request(subject: string, payload: Uint8Array | string, options: RequestOptions): Promise<Message>;
  subscribe(subject: string, options: SubscribeOptions): Subscription;
  status(): AsyncIterable<{ readonly type: string }>;
  isClosed(): boolean;
  /** Resolves when the server has processed what was sent before. */
  flush(): Promise<void>;
  /** Resolves when the connection has ended. */
  closed(): Promise<unknown>;
  close(): Promise<void>;
}

export interface PublishOptions {
  readonly reply?: string;
  readonly headers?: MessageHeaders;
}

export interface SubscribeOptions {
  callback(error: Error | null, message: Message): void;
  /** Of the subscriptions with the same queue, one gets each message. */
  readonly queue?: string;
}

export interface RequestOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly headers?: MessageHeaders;
}

export interface Message {
  readonly subject: string;
  readonly reply?: string | undefined;
  readonly data: Uint8Array;
  readonly headers?: MessageHeaders | undefined;
  json(): unknown;
}

export interface MessageHeaders {
  /** The status code of a status message of a subscription; 0 for other messages. */
  readonly code: number;
  has(name: string): boolean;
  /** The first value of the header, or "" if the message does not have it. */
  get(name: string): string;
  set(name: string, value: string): void;
}

export interface Subscription {
  unsubscribe(): void;
}

/** The version with which this package is tested. */
const install = "npm install @nats-io/transport-node@3.4.0";

/** @throws DirectoryError DIRECTORY_ENGINE_MISSING. */
export async function loadNats(what: string): Promise<NatsPackage> {
  try {
    return await import("@nats-io/transport-node" as string);
  } catch (cause) {
    const message = `a ${what} on NATS needs a package that is not installed here; run: ${install}`;
    throw new DirectoryError("DIRECTORY_ENGINE_MISSING", message, { cause });
  }
}
