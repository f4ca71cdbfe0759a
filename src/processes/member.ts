// One worker, from its start to its end. Knows nothing of the other workers.
import type { Duplex } from "node:stream";
import type { Clock, Timer } from "../base/clock.js";
import { type Child, type ChildPlan, startChild } from "./child.js";
import { ProcessesError } from "./errors.js";
import type { WorkerInfo } from "./events.js";
import type { ToSupervisor } from "./messages.js";
import type { SocketHandle } from "./socket-handles.js";

/** How one worker ended. */
export interface MemberEnd {
  readonly expected: boolean;
  readonly code: number | null;
  readonly signal: string | null;
}

export interface MemberPlan {
  readonly place: number;
  readonly child: ChildPlan;
  readonly module: string;
  readonly clock: Clock;
  readonly readyTimeout: number;
  readonly heartbeat: { readonly interval: number; readonly unanswered: number } | undefined;
  /** The worker is to be replaced when it exceeds one of these; undefined for never. */
  readonly most: { readonly calls?: number; readonly memory?: number; readonly age?: number };
}

/** Receives what a worker does. None of these functions may throw. */
export interface MemberOwner {
  line(member: Member, line: string, stream: "stdout" | "stderr"): void;
  message(member: Member, message: unknown): void;
  /** The worker gives a connection back, or has ended before it came. */
  back(member: Member, handle: SocketHandle, message: unknown): void;
  /** A worker has taken a connection, and can be given another one. */
  handedOver(): void;
  /** It should be replaced. Called once. */
  worn(member: Member, reason: "calls" | "memory" | "age" | "signal"): void;
  killed(member: Member, reason: "silent" | "slow"): void;
  ended(member: Member, end: MemberEnd): void;
}

/** After `drain` the worker itself has this many more milliseconds to end, before it is killed. */
const graceToEnd = 1_000;

/** Connections on their way to one worker. More wait in the supervisor, for the first worker that can take one. */
const mostOnTheWay = 32;

export class Member {
  readonly place: number;
  /** The description of itself that the worker sent when it was ready. */
  about: unknown;
  /** Resolves when it is ready, rejects with a ProcessesError if it never is. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  readyAt = Number.NaN;
  state: WorkerInfo["state"] = "starting";
  calls = 0;
  connections = 0;
  memory = 0;
  readonly #plan: MemberPlan;
  readonly #owner: MemberOwner;
  readonly #child: Child;
  #settle: { resolve(): void; reject(error: ProcessesError): void } = { resolve() {}, reject() {} };
  #tellEnded = (): void => {};
  /** Connections that the worker has not taken. Node sends the next one when the worker has taken the last. */
  readonly #onTheWay = new Map<SocketHandle, unknown>();
  #unanswered = 0;
  #isWorn = false;
  #timers: (Timer | undefined)[] = [];

  constructor(plan: MemberPlan, owner: MemberOwner) {
    this.#plan = plan;
    this.#owner = owner;
    this.place = plan.place;
    this.ready = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.ready.catch(() => undefined);
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    this.#child = startChild(plan.child, {
      message: (message, handle) => this.#message(message, handle),
      line: (line, stream) => owner.line(this, line, stream),
      ended: (code, signal, error) => this.#end(code, signal, error),
    });
    const { clock, readyTimeout } = plan;
    const late = `${plan.module} was not ready after ${Math.ceil(readyTimeout)} ms (readyTimeout)`;
    this.#timers.push(
      clock.setTimeout(() => {
        if (this.state === "starting") this.#fail(new ProcessesError("PROCESSES_NOT_READY", late));
      }, readyTimeout),
    );
  }

  get info(): WorkerInfo {
    const { place, state, calls, connections, memory } = this;
    return { place, pid: this.#child.pid, state, calls, connections, memory };
  }

  /** The pipe to it, if it has one. */
  get pipe(): Duplex | undefined {
    return this.#child.pipe;
  }

  /** @returns false if it has ended. */
  send(message: unknown): boolean {
    return this.#child.send({ kind: "message", message });
  }

  /** @returns false if it cannot take it now: it has ended, or takes connections more slowly than they come. */
  handOver(handle: SocketHandle, message: unknown): boolean {
    if (this.#onTheWay.size >= mostOnTheWay) return false;
    const taken = (): void => {
      if (!this.#onTheWay.delete(handle)) return;
      handle.close();
      this.#owner.handedOver();
    };
    if (!this.#child.send({ kind: "connection", message }, handle, taken)) return false;
    this.#onTheWay.set(handle, message);
    this.connections++;
    return true;
  }

  /** Tells it to finish its work and to end, and kills it if it does not. */
  leave(drain: number): void {
    if (this.state === "leaving" || this.state === "ended") return;
    // It cannot be told before it listens to the supervisor.
    if (this.state === "starting" || !this.#child.send({ kind: "leave", drain })) {
      this.state = "leaving";
      this.#child.kill();
      return;
    }
    this.state = "leaving";
    this.#timers.push(this.#plan.clock.setTimeout(() => this.kill("slow"), drain + graceToEnd));
  }

  kill(reason?: "silent" | "slow"): void {
    if (this.state === "ended") return;
    if (reason !== undefined) this.#owner.killed(this, reason);
    this.#child.kill();
  }

  #message(message: ToSupervisor, handle: SocketHandle | undefined): void {
    switch (message.kind) {
      case "ready":
        this.about = message.about;
        this.#becomeReady();
        return;
      case "failed":
        this.#fail(new ProcessesError("PROCESSES_NOT_READY", `${this.#plan.module} failed: ${message.error.stack}`));
        return;
      case "pong":
        this.#unanswered = 0;
        this.memory = message.memory;
        if (this.memory > (this.#plan.most.memory ?? Number.POSITIVE_INFINITY)) this.#wear("memory");
        return;
      case "counted":
        this.calls += message.calls;
        if (this.calls >= (this.#plan.most.calls ?? Number.POSITIVE_INFINITY)) this.#wear("calls");
        return;
      case "ended":
        this.connections -= message.connections;
        return;
      case "replace":
        this.#wear("signal");
        return;
      case "back":
        if (handle !== undefined) this.#owner.back(this, handle, message.message);
        return;
      case "message":
        this.#owner.message(this, message.message);
    }
  }

  #becomeReady(): void {
    if (this.state !== "starting") return;
    const { clock, most, heartbeat } = this.#plan;
    this.state = "ready";
    this.readyAt = clock.now();
    if (most.age !== undefined) this.#timers.push(clock.setTimeout(() => this.#wear("age"), most.age).unref());
    if (heartbeat !== undefined) {
      this.#ping();
      this.#timers.push(clock.setInterval(() => this.#beat(heartbeat.unanswered), heartbeat.interval).unref());
    }
    this.#settle.resolve();
  }

  #beat(most: number): void {
    if (this.state === "ended") return;
    if (this.#unanswered >= most) this.kill("silent");
    else this.#ping();
  }

  #ping(): void {
    this.#unanswered++;
    this.#child.send({ kind: "ping" });
  }

  #wear(reason: "calls" | "memory" | "age" | "signal"): void {
    if (this.#isWorn || this.state !== "ready") return;
    this.#isWorn = true;
    this.#owner.worn(this, reason);
  }

  #fail(error: ProcessesError): void {
    this.#settle.reject(error);
    this.#child.kill();
  }

  #end(code: number | null, signal: string | null, error?: Error): void {
    const expected = this.state === "leaving";
    const why = error?.message ?? (signal === null ? `ended with code ${code}` : `was ended by ${signal}`);
    this.#settle.reject(
      new ProcessesError("PROCESSES_NOT_READY", `${this.#plan.module} ${why} before it was ready`, { cause: error }),
    );
    this.state = "ended";
    this.connections = 0;
    for (const timer of this.#timers.splice(0)) this.#plan.clock.clearTimeout(timer);
    this.#owner.ended(this, { expected, code, signal });
    for (const [handle, message] of this.#onTheWay) this.#owner.back(this, handle, message);
    this.#onTheWay.clear();
    this.#tellEnded();
  }
}
