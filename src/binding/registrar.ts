// The binder that a server registers with: another process, one in this process, or none.
import { linkSignals } from "../base/link-signals.js";
import { pause } from "../base/wait.js";
import { RpcError } from "../rpc/errors.js";
import type { Address } from "../transport/address.js";
import { Binder } from "./binder.js";
import type { AskOptions } from "./dialect.js";
import type { Rpcbind } from "./embedded.js";
import { isThisMachine } from "./places.js";
import { ownName } from "./rpcbind/client.js";
import { type BinderEntry, superuser } from "./rpcbind/table.js";
import { whenUnreachable } from "./standing-connection.js";

/** A binder, as servers register with it. */
export interface Registrar {
  /** The binder's name in messages: "rpcbind at unix:/run/rpcbind.sock". */
  readonly name: string;
  readonly address: string | undefined;
  /** True if it is closed together with this registration. */
  readonly isOwn: boolean;
  /** True if it runs on this machine, so that listed servers can be checked here. */
  readonly isHere: boolean;
  set(entry: BinderEntry, options?: AskOptions): Promise<boolean>;
  unset(entry: BinderEntry, options?: AskOptions): Promise<boolean>;
  dump(options?: AskOptions): Promise<readonly BinderEntry[]>;
  /** Reports that no question follows for a while. */
  rest(): Promise<void>;
  /**
   * Resolves when the binder may have lost its registrations or has stopped, and when the signal is aborted. Never
   * rejects.
   */
  lost(signal: AbortSignal): Promise<void>;
  /** Resolves when registrations have changed, if the binder can report that; and when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** A binder in this process: it is called directly, without messages. */
export class LocalRegistrar implements Registrar {
  readonly isOwn: boolean;
  readonly isHere = true;
  readonly #rpcbind: Rpcbind;
  readonly #owner: string;

  /** `isOwn`: the binder was started for this registration. */
  constructor(rpcbind: Rpcbind, isOwn: boolean) {
    this.#rpcbind = rpcbind;
    this.isOwn = isOwn;
    this.#owner = process.geteuid?.() === 0 ? superuser : ownName();
  }

  get name(): string {
    return `rpcbind of this process at ${this.#rpcbind.url}`;
  }

  get address(): string {
    return this.#rpcbind.url;
  }

  async set(entry: BinderEntry): Promise<boolean> {
    return this.#rpcbind.table.set({ ...entry, owner: this.#owner }) === undefined;
  }

  async unset({ program, version, netid }: BinderEntry): Promise<boolean> {
    return this.#rpcbind.table.unset(program, version, netid, this.#owner) === undefined;
  }

  async dump(): Promise<readonly BinderEntry[]> {
    return this.#rpcbind.table.all();
  }

  lost(signal: AbortSignal): Promise<void> {
    return whenAborted(signal);
  }

  async changed(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const end = this.#rpcbind.table.watch(() => over.abort());
    const linked = linkSignals(signal, over.signal);
    await whenAborted(linked.signal);
    linked.release();
    end();
  }

  async rest(): Promise<void> {}

  async close(): Promise<void> {
    if (this.isOwn) await this.#rpcbind.close();
  }
}

/** Milliseconds between checks of a binder that is reached only by UDP: nothing else shows that it was restarted. */
const lookInterval = 5_000;

/** A binder that is reached over the network or a Unix socket. */
export class RemoteRegistrar implements Registrar {
  readonly place: string;
  readonly isOwn = false;
  readonly isHere: boolean;
  readonly #address: Address;
  readonly #timeout: number | undefined;
  #binder: Binder;

  constructor(address: Address, timeout: number | undefined) {
    this.#address = address;
    this.#timeout = timeout;
    this.#binder = new Binder(address, { timeout });
    this.place = this.#binder.name;
    this.isHere = address.kind === "unix" || ("host" in address && isThisMachine(address.host));
  }

  get address(): string {
    return this.place;
  }

  get name(): string {
    return `rpcbind at ${this.place}`;
  }

  /** The version of the protocol, known after the first answer. */
  get version(): number {
    return this.#binder.version;
  }

  /** Sends any question. @returns why there is no answer. */
  async probe(): Promise<RpcError | undefined> {
    try {
      await this.#binder.probe();
      return undefined;
    } catch (error) {
      await this.close();
      if (error instanceof RpcError) return error;
      throw error;
    }
  }

  set(entry: BinderEntry, options?: AskOptions): Promise<boolean> {
    return this.#binder.set(entry, options);
  }

  unset(entry: BinderEntry, options?: AskOptions): Promise<boolean> {
    return this.#binder.unset(entry, options);
  }

  dump(options?: AskOptions): Promise<readonly BinderEntry[]> {
    return this.#binder.dump(options);
  }

  async lost(signal: AbortSignal): Promise<void> {
    if ("name" in this.#address) return whenAborted(signal);
    if (this.#address.kind !== "udp") {
      // The connection for questions is not needed meanwhile.
      await this.rest();
      return whenUnreachable(this.#address, signal);
    }
    do await pause(lookInterval, { background: true, signal });
    while (!signal.aborted && (await this.#answers(signal)));
  }

  changed(signal: AbortSignal): Promise<void> {
    return whenAborted(signal);
  }

  close(): Promise<void> {
    return this.#binder.close();
  }

  /** Closes the connection until the next question opens a new one. */
  async rest(): Promise<void> {
    const used = this.#binder;
    this.#binder = new Binder(this.#address, { timeout: this.#timeout });
    await used.close();
  }

  async #answers(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#binder.probe({ signal });
      return true;
    } catch {
      return false;
    }
  }

  /** Omit entries that version 2 cannot express: its clients could not ask for them either. */
  isBeyond({ netid }: BinderEntry): boolean {
    return this.version === 2 && netid !== "tcp" && netid !== "udp";
  }
}

/** A registrar without a binder: it registers nothing. */
export const nobody: Registrar = {
  name: "no binder",
  address: undefined,
  isOwn: false,
  isHere: false,
  set: async () => true,
  unset: async () => true,
  dump: async () => [],
  rest: async () => {},
  lost: whenAborted,
  changed: whenAborted,
  close: async () => {},
};

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Whether both are the same place. Version 2 knows only ports, so the host is ignored. */
export function isSameEntry(one: BinderEntry, other: BinderEntry): boolean {
  const isSameKey = one.program === other.program && one.version === other.version && one.netid === other.netid;
  return isSameKey && listeningAt(one) === listeningAt(other);
}

function listeningAt({ netid, address }: BinderEntry): string {
  return netid === "local" ? address : address.split(".").slice(-2).join(".");
}
