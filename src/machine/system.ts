// Asks the system for the user of a connection: through the C library if koffi is installed, else through a helper
// process.
import type { Native } from "./native.js";
import { nobody, type SocketHandle, SystemHelper } from "./system-helper.js";

/** Set by `start`, or by the first question. */
export class System {
  readonly #helper: SystemHelper;
  readonly #load: () => Promise<Native | undefined>;
  #loading: Promise<Native | undefined> | undefined;
  #closed = false;

  /** `load` loads the C library. Default: with koffi. */
  constructor(helper = new SystemHelper(), load = loadLate) {
    this.#helper = helper;
    this.#load = load;
  }

  /** Loads koffi, or starts the helper process, so that the first caller need not wait for it. */
  start(): void {
    void this.#native();
  }

  /** Ends the helper process. */
  close(): void {
    this.#closed = true;
    this.#helper.close();
  }

  /** The user at the other end of a Unix socket; undefined if the system does not say. Never rejects. */
  async userOf(socket: () => SocketHandle | undefined): Promise<number | undefined> {
    const native = await this.#native();
    if (native === undefined) return this.#helper.userOf(socket);
    // Ask in the same turn: after this socket is closed, its number may be reused.
    const fd = socket()?.fd;
    const user = fd === undefined ? undefined : native.userOf(fd);
    return user === nobody ? undefined : user;
  }

  /** The answer of sock_diag to a message; undefined if it is not available. Never rejects. */
  async diagnose(message: Uint8Array): Promise<Uint8Array | undefined> {
    const native = await this.#native();
    return native?.diagnose(message) ?? this.#helper.diagnose(message);
  }

  #native(): Promise<Native | undefined> {
    this.#loading ??= this.#load().then(
      (native) => {
        if (native === undefined && !this.#closed) this.#helper.start();
        return native;
      },
      () => {
        this.#loading = undefined;
        return undefined;
      },
    );
    return this.#loading;
  }
}

async function loadLate(): Promise<Native | undefined> {
  const { loadNative } = await import("./native.js");
  return loadNative();
}
