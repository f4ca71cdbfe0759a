// A group of workers that run one module: starts them, keeps them running, replaces them, spreads connections over them.
import type { Socket } from "node:net";
import { availableParallelism } from "node:os";
import { backoffDelay } from "../base/backoff.js";
import { checkOptions } from "../base/check-options.js";
import { type Clock, systemClock } from "../base/clock.js";
import { pause } from "../base/wait.js";
import { ProcessesError } from "./errors.js";
import type { ProcessEvent, ReplaceReason, WorkerInfo } from "./events.js";
import type { Processes } from "./group.js";
import type { Member, MemberEnd, MemberOwner } from "./member.js";
import { checkMessage } from "./messages.js";
import { moduleUrl } from "./module-argument.js";
import { type Inside, newMember } from "./new-member.js";
import {
  checkSize,
  defaultBacklog,
  defaultCrashes,
  defaultHealthy,
  defaultLeave,
  defaultRestartBackoff,
  type ProcessOptions,
} from "./options.js";
import { addPlace, type Place, removePlace } from "./place.js";
import { takeHandle } from "./socket-handles.js";
import { Spread } from "./spread.js";

export class Supervisor implements Processes {
  readonly #module: string;
  readonly #options: ProcessOptions;
  readonly #inside: Inside;
  readonly #clock: Clock;
  readonly #places: Place[] = [];
  /** All that have not ended, those that leave included. */
  readonly #members = new Set<Member>();
  readonly #stopping = new AbortController();
  readonly #spread: Spread;
  /** Replacements are made one after the other. */
  #replacing: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #broken: ProcessesError | undefined;
  /** The last end of a worker that is started again. */
  #trouble: ProcessesError | undefined;
  #tellBroken: (error: ProcessesError) => void = () => {};
  readonly broken: Promise<never>;

  /** Expects checked options. */
  constructor(module: string | URL, options: ProcessOptions, inside: Inside = {}) {
    this.#module = moduleUrl(module);
    this.#options = options;
    this.#inside = inside;
    this.#clock = options.clock ?? systemClock;
    this.#spread = new Spread(() => this.#ready(), options.backlog ?? defaultBacklog);
    this.broken = new Promise((_, reject) => {
      this.#tellBroken = reject;
    });
    this.broken.catch(() => undefined);
  }

  get size(): number {
    return this.#places.length;
  }

  get workers(): readonly WorkerInfo[] {
    return [...this.#members].map(({ info }) => info);
  }

  async resize(size: number): Promise<void> {
    checkSize(size);
    this.#checkOpen();
    const more = Array.from({ length: Math.max(0, size - this.size) }, () => addPlace(this.#places));
    for (const place of this.#places.splice(size)) this.#retire(place);
    try {
      await Promise.all(more.map((place) => this.#startFirst(place)));
    } catch (error) {
      for (const place of more) this.#remove(place);
      throw error;
    }
  }

  async reload(): Promise<void> {
    this.#checkOpen();
    await this.#inTurn(async () => {
      for (const place of [...this.#places]) if (!place.retired) await this.#replace(place, "reload");
    });
  }

  sendToAll(message: unknown): void {
    checkMessage(message, this.#options.kind);
    for (const member of this.#ready()) member.send(message);
  }

  handOver(socket: Socket, message?: unknown): boolean {
    if (this.#options.kind === "thread") {
      const advice = 'a thread cannot be given a connection: use kind: "process"';
      throw new ProcessesError("PROCESSES_NOT_TAKEN", advice);
    }
    checkMessage(message, this.#options.kind);
    const handle = takeHandle(socket);
    return handle !== undefined && this.#spread.take(handle, message);
  }

  close(options: { readonly drain?: number } = {}): Promise<void> {
    checkOptions({ drain: "time" }, options);
    this.#closing ??= this.#close(options.drain);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Starts the first workers. @throws ProcessesError, after all have been ended. */
  async start(): Promise<void> {
    const { size = availableParallelism() } = this.#options;
    const places = Array.from({ length: size }, () => addPlace(this.#places));
    try {
      await Promise.all(places.map((place) => this.#startFirst(place)));
    } catch (error) {
      await this.close({ drain: 0 });
      throw error;
    }
  }

  /** The workers that are ready. */
  readyMembers(): readonly Member[] {
    return this.#ready();
  }

  #ready(): Member[] {
    return this.#places.flatMap(({ member }) => (member?.state === "ready" ? [member] : []));
  }

  /** Why no worker is ready. */
  whyNone(): ProcessesError {
    const cause = this.#trouble;
    const why = cause === undefined ? "" : `: ${cause.message}`;
    const message = `no worker is ready${why}. Workers are being started; with the option waitForServer calls wait for them`;
    return this.#whyEnded() ?? new ProcessesError("PROCESSES_NOT_READY", message, { cause });
  }

  #checkOpen(): void {
    const error = this.#whyEnded();
    if (error !== undefined) throw error;
  }

  #whyEnded(): ProcessesError | undefined {
    if (this.#broken !== undefined || this.#closing === undefined) return this.#broken;
    return new ProcessesError("PROCESSES_CLOSED", "the processes are closed");
  }

  #remove(place: Place): void {
    removePlace(this.#places, place);
    this.#retire(place);
  }

  #retire(place: Place): void {
    place.retired = true;
    const { member } = place;
    place.member = undefined;
    if (member !== undefined) this.#leave(member, this.#drain);
  }

  /** The ends in a row that are a crash loop. */
  get #crashes(): number {
    return this.#options.crashes ?? defaultCrashes;
  }

  get #drain(): number {
    return this.#options.drain ?? defaultLeave;
  }

  /** A worker that fails at the very start fails the start: its module is wrong. */
  async #startFirst(place: Place): Promise<void> {
    const member = this.#spawn(place);
    place.member = member;
    try {
      await member.ready;
      this.#isReady(member);
    } catch (error) {
      this.#checkOpen();
      if (!place.retired) this.#tell({ kind: "failed", worker: member.info, error: error as ProcessesError });
      place.retired = true;
      throw error;
    }
  }

  /** Starts the worker of a place again, after a wait, until it is ready. */
  async #restart(place: Place): Promise<void> {
    for (;;) {
      const { backoff = defaultRestartBackoff } = this.#options;
      const wait = backoffDelay(backoff, place.failures, this.#clock.random());
      await pause(wait, { signal: this.#stopping.signal, clock: this.#clock });
      if (place.retired || this.#stopping.signal.aborted) return;
      const member = this.#spawn(place);
      place.member = member;
      try {
        await member.ready;
        this.#isReady(member);
        return;
      } catch (error) {
        if (place.retired || this.#stopping.signal.aborted) return;
        this.#tell({ kind: "failed", worker: member.info, error: error as ProcessesError });
        this.#trouble = error as ProcessesError;
        if (this.#isLoop(place, member, this.#trouble)) return;
      }
    }
  }

  /** @throws ProcessesError if the new worker does not become ready; then the old one stays. */
  async #replace(place: Place, reason: ReplaceReason): Promise<void> {
    this.#checkOpen();
    // One that is being started may have loaded the old code.
    if (place.member?.state === "starting") await place.member.ready.catch(() => undefined);
    const old = place.member;
    if (place.retired || old?.state !== "ready") return;
    const member = this.#spawn(place);
    place.replacing = true;
    try {
      await member.ready;
    } catch (error) {
      this.#checkOpen();
      this.#tell({ kind: "failed", worker: member.info, error: error as ProcessesError });
      if (place.member === undefined && !place.retired) void this.#restart(place);
      throw error;
    } finally {
      place.replacing = false;
    }
    if (place.retired || this.#stopping.signal.aborted) return member.leave(this.#drain);
    place.member = member;
    this.#isReady(member);
    this.#tell({ kind: "replaced", worker: old.info, reason });
    this.#leave(old, this.#drain);
  }

  #leave(member: Member, drain: number): void {
    this.#inside.onLeaving?.(member);
    member.leave(drain);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#replacing.then(work);
    this.#replacing = turn.catch(() => undefined);
    return turn;
  }

  #spawn(place: Place): Member {
    const member = newMember(place.number, this.#module, this.#options, this.#inside, this.#owner);
    this.#members.add(member);
    this.#tell({ kind: "started", worker: member.info });
    return member;
  }

  readonly #owner: MemberOwner = {
    line: (member, line, stream) => guarded(() => this.#options.onLine?.(line, stream, member.info)),
    message: (member, message) => {
      if (this.#inside.onInside !== undefined) this.#inside.onInside(message, member);
      else guarded(() => this.#options.onMessage?.(message, member.info));
    },
    back: (_, handle, message) => void this.#spread.take(handle, message),
    handedOver: () => this.#spread.pump(),
    worn: (member, reason) => void this.#recycle(member, reason),
    killed: (member, reason) => this.#tell({ kind: "killed", worker: member.info, reason }),
    ended: (member, end) => this.#memberEnded(member, end),
  };

  /** If the new worker does not become ready, the old one continues, and is replaced some time later. */
  async #recycle(member: Member, reason: ReplaceReason): Promise<void> {
    for (let failures = 1; ; failures++) {
      const place = this.#places.find((one) => one.member === member);
      if (place === undefined || this.#stopping.signal.aborted) return;
      try {
        await this.#inTurn(() => this.#replace(place, reason));
        return;
      } catch {
        const { backoff = defaultRestartBackoff } = this.#options;
        const wait = backoffDelay(backoff, failures, this.#clock.random());
        await pause(wait, { signal: this.#stopping.signal, clock: this.#clock, background: true });
      }
    }
  }

  #isReady(member: Member): void {
    this.#inside.onReady?.(member);
    this.#tell({ kind: "ready", worker: member.info });
    this.#spread.pump();
  }

  #memberEnded(member: Member, end: MemberEnd): void {
    this.#members.delete(member);
    this.#inside.onEnded?.(member);
    this.#tell({ kind: "ended", worker: member.info, ...end });
    const place = this.#places.find((one) => one.member === member);
    // The end of a worker that was never ready is handled where it was started.
    if (place === undefined || place.retired || Number.isNaN(member.readyAt) || this.#stopping.signal.aborted) return;
    place.member = undefined;
    const lived = this.#clock.now() - member.readyAt;
    place.failures = lived >= (this.#options.healthy ?? defaultHealthy) ? 0 : place.failures;
    const how = end.signal === null ? `ended with code ${end.code}` : `was ended by ${end.signal}`;
    const message = `${this.#module} ${how} ${Math.round(lived)} ms after it was ready`;
    this.#trouble = new ProcessesError("PROCESSES_NOT_READY", message);
    // Another process has killed it, which says nothing of its code: the waits grow, but it is no crash loop.
    if (end.signal === "SIGKILL") place.failures = Math.min(place.failures + 1, this.#crashes - 1);
    else if (this.#isLoop(place, member, this.#trouble)) return;
    if (!place.replacing) void this.#restart(place);
  }

  /** Counts an end that came too soon. @returns true if it was one too many. */
  #isLoop(place: Place, member: Member, cause: ProcessesError): boolean {
    place.failures++;
    if (place.failures < this.#crashes) return false;
    const message = `a worker ended ${place.failures} times in a row soon after its start; all were ended: ${cause.message}`;
    const error = new ProcessesError("PROCESSES_CRASH_LOOP", message, { cause });
    this.#broken = error;
    this.#tell({ kind: "crash-loop", worker: member.info, error });
    this.#tellBroken(error);
    void this.close();
    return true;
  }

  async #close(drain = this.#drain): Promise<void> {
    this.#stopping.abort();
    this.#spread.close();
    const all = [...this.#members];
    for (const member of all) this.#leave(member, drain);
    await Promise.all(all.map(({ ended }) => ended));
    for (const place of this.#places) place.member = undefined;
  }

  #tell(event: ProcessEvent): void {
    guarded(() => this.#options.onEvent?.(event));
  }
}

/** Errors of the program's own callbacks must not stop the supervisor. */
function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    process.emitWarning(`a function of the options of startProcesses failed: ${String(error)}`);
  }
}
