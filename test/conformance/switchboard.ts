// One end of a connection, at which servers take each other's place: what a restart at the same address looks like to a
// client that speaks datagrams.
import type { Server, TransportError } from "lupine";
import type { Connection } from "lupine/transport";

type Receiver = Parameters<Connection["open"]>[0];

export class Switchboard {
  readonly #far: Connection;
  #current: Receiver | undefined;

  constructor(far: Connection) {
    this.#far = far;
    far.open({
      message: (bytes, start, end, owned) => this.#current?.message(bytes, start, end, owned),
      drained: () => this.#current?.drained(),
      closed: (error) => this.#current?.closed(error),
    });
  }

  /** The server gets all messages from now on; those before it can still reply. */
  connect(server: Server): void {
    const far = this.#far;
    const line: Connection = {
      info: far.info,
      open: (receiver) => {
        this.#current = receiver;
      },
      send: (write, value) => far.send(write, value),
      pause: () => undefined,
      resume: () => undefined,
      close: async () => undefined,
      destroy: (_error?: TransportError) => undefined,
    };
    server.accept(line);
  }

  /** Ends the connection without a word. */
  cut(): void {
    this.#far.destroy();
  }
}
