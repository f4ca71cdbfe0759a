// Holds back asynchronous handlers whose replies are large, or may be, until there is room for these replies. Handlers that end
// at the same moment run one after the other, and no connection is served meanwhile: so few may end together, and the
// connections that wait take turns. Loaded with the first such call.
import type { Clock, Timer } from "../base/clock.js";
import type { Shape } from "../xdr/shape.js";
import type { partsOf } from "../xdr/weight.js";
import type { ServedProcedure } from "./programs.js";
import type { Reception } from "./reception.js";
import type { ServerCall } from "./server-call.js";

/** Bytes. Calls whose replies are not longer do not wait. */
const smallReply = 64 * 1024;
/** The number of handlers with large replies that may always run. */
export const fewLarge = 16;
/** Handlers of one procedure that run at once before it has replied for the first time. */
export const unknownAtOnce = 256;
/**
 * Milliseconds after which one more handler starts when `unknownAtOnce` are running: they may all wait for something that only this
 * one does.
 */
const unknownInterval = 2;
/** Handlers that start in one turn of the event loop, so that connections are served in between. */
const startsInTurn = 16;
/** A type without parts longer than this is small. */
const fewElements = 1_024;

/** The calls of one procedure. */
interface Line {
  readonly served: ServedProcedure;
  running: number;
  /** Of each connection, in the order of its calls. The first connection is the next. */
  readonly waiting: Map<Reception, ServerCall[]>;
}

/** The budget of a server. */
interface Room {
  /** Bytes that the server may still hold. */
  readonly freeBytes: number;
}

/** Parts of the server: if this file imported them, esbuild would cut what a server loads at its start into more files. */
export interface StartsParts {
  /** Runs the handler of a call. */
  readonly run: (at: Reception, call: ServerCall) => void;
  readonly partsOf: typeof partsOf;
  readonly systemClock: Clock;
}

/** The handlers of one server that wait for room. */
export class Starts {
  readonly #room: Room;
  readonly #parts: StartsParts;
  readonly #lines = new Map<ServedProcedure, Line>();
  /** The lines in which calls wait. */
  readonly #waiting = new Set<Line>();
  #isScheduled = false;
  #timer: Timer | undefined;

  constructor(room: Room, parts: StartsParts) {
    this.#room = room;
    this.#parts = parts;
  }

  /** Whether the call has to wait. It is run later, unless its connection ends before. */
  holds(at: Reception, call: ServerCall): boolean {
    const { served } = call;
    if (served.typicalReply === 0 && !mayBeLarge(served.procedure.result.shape, this.#parts)) served.typicalReply = 1;
    if (isSmall(served) || !at.connection.info.reliable) return false;
    const line = this.#lineOf(served);
    if (line.waiting.size === 0 && this.#hasRoom(line)) {
      this.#starts(line, call);
      return false;
    }
    this.#enqueue(line, at, call);
    return true;
  }

  #lineOf(served: ServedProcedure): Line {
    let line = this.#lines.get(served);
    if (line === undefined) {
      line = { served, running: 0, waiting: new Map() };
      this.#lines.set(served, line);
    }
    return line;
  }

  #enqueue(line: Line, at: Reception, call: ServerCall): void {
    const { waiting } = line;
    const calls = waiting.get(at);
    if (calls === undefined) waiting.set(at, [call]);
    else calls.push(call);
    this.#waiting.add(line);
    at.flow.begin(call.heldBytes);
    if (call.cacheEntry !== undefined) at.answering.add(call.xid);
    call.signal.addEventListener("abort", () => this.#leave(line, at, call), { once: true });
    this.#schedule();
  }

  // The caller has disconnected.
  #leave(line: Line, at: Reception, call: ServerCall): void {
    const calls = line.waiting.get(at);
    const place = calls?.indexOf(call) ?? -1;
    if (calls === undefined || place < 0) return;
    calls.splice(place, 1);
    if (calls.length === 0) line.waiting.delete(at);
    at.answering.delete(call.xid);
    if (call.cacheEntry !== undefined) at.replyCache?.forget(call.cacheEntry);
    at.flow.end(call.heldBytes);
  }

  #hasRoom({ served, running }: Line): boolean {
    const { typicalReply } = served;
    if (typicalReply === 0) return running < unknownAtOnce;
    if (isSmall(served)) return true;
    let calls = 0;
    let bytes = typicalReply;
    for (const line of this.#lines.values()) {
      if (line.served.typicalReply <= smallReply) continue;
      calls += line.running;
      bytes += line.running * line.served.typicalReply;
    }
    return calls < fewLarge || bytes <= this.#room.freeBytes;
  }

  #starts(line: Line, call: ServerCall): void {
    line.running++;
    call.ended = () => {
      call.ended = undefined;
      line.running--;
      this.#schedule();
    };
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => this.#startSome());
  }

  // The next `#startSome` follows when a call ends.
  #startSome(): void {
    this.#isScheduled = false;
    for (const line of this.#waiting) {
      let started = 0;
      while (started < startsInTurn && line.waiting.size > 0 && this.#hasRoom(line)) {
        this.#startNext(line);
        started++;
      }
      if (line.waiting.size === 0) this.#waiting.delete(line);
      else if (started === startsInTurn) this.#schedule();
      else if (line.served.typicalReply === 0) this.#startLater(line);
    }
  }

  #startLater(line: Line): void {
    this.#timer ??= this.#parts.systemClock.setTimeout(() => {
      this.#timer = undefined;
      if (line.waiting.size > 0 && line.served.typicalReply === 0) this.#startNext(line);
      this.#schedule();
    }, unknownInterval);
  }

  #startNext(line: Line): void {
    const [next] = line.waiting;
    if (next === undefined) return;
    const [at, calls] = next;
    const call = calls.shift();
    line.waiting.delete(at);
    if (calls.length > 0) line.waiting.set(at, calls);
    if (call === undefined) return;
    this.#starts(line, call);
    this.#parts.run(at, call);
    at.flow.end(call.heldBytes);
  }
}

function isSmall({ typicalReply }: ServedProcedure): boolean {
  return typicalReply > 0 && typicalReply <= smallReply;
}

/** Whether a value of this type can take more than a few kilobytes. */
function mayBeLarge(shape: Shape, parts: Pick<StartsParts, "partsOf">, within: readonly string[] = []): boolean {
  if (shape.kind === "list" || ("length" in shape && shape.length > fewElements)) return true;
  if (shape.kind !== "reference") return parts.partsOf(shape).some((part) => mayBeLarge(part, parts, within));
  return within.includes(shape.name) || mayBeLarge(shape.shape(), parts, [...within, shape.name]);
}
