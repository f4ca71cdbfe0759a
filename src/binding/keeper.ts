// Keeps a server registered: after its binder was restarted and has forgotten it, after its binder has stopped and
// another replaces it, after the machine's own binder appears, and after another server has taken its place for a
// while.

import { backoffDelay } from "../base/backoff.js";
import { systemClock } from "../base/clock.js";
import { linkSignals } from "../base/link-signals.js";
import { pause } from "../base/wait.js";
import type { Server } from "../server/server.js";
import {
  chooseRegistrar,
  hasSystemBinder,
  type RegistrarOptions,
  type StartRpcbind,
  standsIn,
  systemRegistrar,
} from "./choose-registrar.js";
import type { PlaceChange } from "./displacement.js";
import { PlaceWatch } from "./place-watch.js";
import type { Registrar } from "./registrar.js";
import type { BinderEntry } from "./rpcbind/table.js";

/** Milliseconds between checks for the machine's own binder, while another stands in for it. */
export const systemBinderInterval = 1_000;

/**
 * Milliseconds for which the machine's own binder may be missing before another stands in for it: it may be restarting.
 */
const systemAbsence = 1_000;

/**
 * A starting binder opens its ports before its Unix socket. A server that was registered over the socket waits this
 * many milliseconds for it, because only over the socket does a binder know the owner of a registration.
 */
const socketPatience = 1_000;

/** The waits between attempts to register. */
const renewal = { first: 50, factor: 2, most: 1_000, jitter: 0 };

/** Milliseconds between checks whether another server has replaced this one, and whether such a server has stopped. */
const placeInterval = 5_000;
const displacedInterval = 1_000;

/** A program that changes a registration removes it first. It has this many milliseconds to set it again. */
const middleOfChange = 200;

/** Checks of a binder with very many registrations take long: they use at most a twentieth of the time. */
const lookShare = 20;

/** If a binder is lost again within this time (milliseconds), more than once, the next attempt waits. */
const soon = 5_000;
const rest = { first: 400, factor: 2, most: 30_000, jitter: 0 };

/** A server, as far as it is registered: a Server, or a group of processes that serve the same programs. */
export type Registrable = Pick<Server, "programs" | "listeners" | "closing" | "onClosing">;

export interface KeeperContext {
  readonly server: Registrable;
  readonly entries: readonly BinderEntry[];
  readonly options: RegistrarOptions;
  readonly startRpcbind: StartRpcbind;
  /** Called each time that the server has registered again. Must not throw. */
  readonly renewed: () => void;
  /** Called for another server that registers the same programs. Must not throw. */
  readonly displaced: (change: PlaceChange) => void;
}

export class Keeper {
  readonly #context: KeeperContext;
  readonly #stopping = new AbortController();
  readonly #places: PlaceWatch;
  #registrar: Registrar;
  /** True once the server was registered over the Unix socket of the machine's binder. */
  #usedSocket = false;
  #running: Promise<void> | undefined;

  constructor(registrar: Registrar, context: KeeperContext) {
    this.#registrar = registrar;
    this.#usedSocket = isOverSocket(registrar);
    this.#context = context;
    this.#places = new PlaceWatch(context);
  }

  /** The current or last binder. */
  get registrar(): Registrar {
    return this.#registrar;
  }

  start(): void {
    this.#running = Promise.all([this.#keep(), this.#keepPlaces()]).then(() => {});
  }

  /** Ends the keeper. It registers nothing afterwards. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted || this.#context.server.closing;
  }

  async #keep(): Promise<void> {
    for (let quick = 0; !this.#stopped; ) {
      const since = systemClock.now();
      await this.#untilNeeded();
      quick = systemClock.now() - since < soon ? quick + 1 : 0;
      // All servers of a binder notice its end at the same moment: spread their attempts.
      await this.#pause(systemClock.random() * 50 + backoffDelay(rest, quick - 1, 0));
      await this.#renew();
    }
  }

  async #keepPlaces(): Promise<void> {
    for (let took = 0; !this.#stopped; ) {
      const interval = this.#places.isDisplaced ? displacedInterval : placeInterval;
      await this.#untilChanged(Math.max(interval, took * lookShare));
      if (this.#stopped) return;
      const since = systemClock.now();
      try {
        await this.#places.look(this.#registrar, { signal: this.#stopping.signal });
        await this.#registrar.rest();
      } catch {
        // The loss of a binder is noticed elsewhere.
      }
      took = systemClock.now() - since;
    }
  }

  async #untilChanged(milliseconds: number): Promise<void> {
    const over = new AbortController();
    const { signal, release } = linkSignals(this.#stopping.signal, over.signal);
    try {
      await Promise.race([this.#pause(milliseconds), this.#registrar.changed(signal)]);
    } finally {
      over.abort();
      release();
    }
    await this.#pause(middleOfChange);
  }

  /** Resolves when the binder is lost, or, if it only stands in, when the machine's own binder is available. */
  async #untilNeeded(): Promise<void> {
    const { options } = this.#context;
    const over = new AbortController();
    const { signal, release } = linkSignals(this.#stopping.signal, over.signal);
    const reasons = [this.#registrar.lost(signal)];
    if (standsIn(this.#registrar, options)) reasons.push(this.#untilSystemBinder(signal));
    await Promise.race(reasons);
    over.abort();
    release();
  }

  async #untilSystemBinder(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(systemBinderInterval, { background: true, signal });
      if (!this.#stopped && (await hasSystemBinder(this.#context.options, signal))) return;
    }
  }

  /** Registers with any available binder, as soon as there is one. */
  async #renew(): Promise<void> {
    const since = systemClock.now();
    let answered: number | undefined;
    for (let failures = 1; !this.#stopped; failures++) {
      try {
        const registrar = await this.#choose(systemClock.now() - since < systemAbsence);
        if (registrar !== undefined) {
          answered ??= systemClock.now();
          const isLate = systemClock.now() - answered >= socketPatience;
          if (isLate || !this.#mayOpenSocket(registrar)) return await this.#move(registrar);
          await registrar.close();
          failures = 1;
        }
      } catch {
        // No binder answers, or it has stopped again.
      }
      await this.#pause(backoffDelay(renewal, failures, 0));
    }
  }

  /** The machine's binder answers over IP but may still be starting: it had a Unix socket before. */
  #mayOpenSocket(registrar: Registrar): boolean {
    const { options } = this.#context;
    const isSystem = ["auto", "system"].includes(String(options.binder ?? "auto")) && !standsIn(registrar, options);
    return isSystem && this.#usedSocket && registrar !== this.#registrar && !isOverSocket(registrar);
  }

  /** Chooses the binder to register with: the previous one if there is no better one, undefined if none was found yet. */
  async #choose(isEarly: boolean): Promise<Registrar | undefined> {
    const { options, startRpcbind } = this.#context;
    const now = this.#registrar;
    if ((options.binder ?? "auto") !== "auto") return chooseRegistrar(options, startRpcbind);
    if (!standsIn(now, options)) return isEarly ? systemRegistrar(options) : chooseRegistrar(options, startRpcbind);
    const system = await systemRegistrar(options);
    // Our own stand-in occupies its port.
    if (system !== undefined || now.isOwn) return system ?? now;
    return chooseRegistrar(options, startRpcbind);
  }

  /** Removes nothing first: existing registrations stay, and a server that has replaced ours keeps its place. */
  async #move(registrar: Registrar): Promise<void> {
    const before = this.#registrar;
    // If it is stopped meanwhile, the new registration must be removed again.
    this.#registrar = registrar;
    this.#usedSocket ||= isOverSocket(registrar);
    try {
      for (const entry of this.#context.entries) {
        if (!this.#stopped) await registrar.set(entry, { signal: this.#stopping.signal });
      }
    } finally {
      if (registrar !== before) await before.close();
    }
    if (!this.#stopped) this.#context.renewed();
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#stopping;
    await pause(milliseconds, { background: true, signal });
  }
}

function isOverSocket({ address }: Registrar): boolean {
  return address?.startsWith("unix:") === true;
}
