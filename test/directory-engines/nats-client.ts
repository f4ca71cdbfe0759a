// The NATS client, for what tests do behind the directory's back.
export interface NatsClientMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: { get(name: string): string };
}

export interface NatsClient {
  publish(subject: string, payload: string | Uint8Array, options?: { headers?: unknown; reply?: string }): void;
  request(subject: string, payload: string): Promise<{ json(): unknown }>;
  subscribe(subject: string, options: { callback(error: unknown, message: NatsClientMessage): void }): unknown;
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface NatsPackage {
  connect(options: object): Promise<NatsClient>;
  readonly nkeys: { createUser(): { getSeed(): Uint8Array; getPublicKey(): string } };
  headers(): { set(name: string, value: string): void };
}

/** Its own types do not compile as strictly as ours. */
export const nats = (await import("@nats-io/transport-node" as string).catch(() => undefined)) as NatsPackage;
