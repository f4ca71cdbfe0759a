// One coarse timer for all deadlines of a peer (or of many). A call that is answered within a tick costs one reading
// of the clock, and two changes of a linked list.
import { type Clock, systemClock, type Timer } from "../base/clock.js";

/** An alarm is at most this many milliseconds late, plus delays of the event loop, and never early. */
export const deadlineTick = 10;

/**
 * The machine's clock is not read for a delay of at least this many milliseconds: the delay begins with the next tick, at
 * most half a tick later. Reading the clock can take a tenth of the time of a call.
 */
const longDelay = 500;

/** The length of a slot in milliseconds: half a tick, because the system's timers are late, too. */
const slotTime = 5;
const slotCount = 512;

class Link {
  previous: Link = this;
  next: Link = this;

  unlink(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this;
    this.next = this;
  }

  append(link: Link): void {
    link.previous = this.previous;
    link.next = this;
    this.previous.next = link;
    this.previous = link;
  }
}

/** Something that can ring, once at a time. */
export abstract class Alarm extends Link {
  /** The time at which it is due, by the clock, in whole milliseconds. While `isLate`, the delay that has not begun yet. */
  due = 0;
  /** True: the delay is counted from the next tick. */
  isLate = false;
  /** True: it does not keep the process alive. Must not change while it is set. */
  background = false;
  /** Called when the deadline has passed. Must not throw. */
  abstract ring(): void;
}

/** Alarms in a wheel of slots. The timer keeps the process alive while alarms are set, except those in the background. */
export class Deadlines {
  readonly clock: Clock;
  readonly #newcomers = new Link();
  #slots: Link[] = [];
  #size = 0;
  #inBackground = 0;
  #timer: Timer | undefined;
  /** The timer rings within one tick. */
  #soon = false;
  /** All slots up to this tick have been processed. */
  #lastTick = 0;

  constructor(clock: Clock = systemClock) {
    this.clock = clock;
  }

  /** Alarms that are set. */
  get size(): number {
    return this.#size;
  }

  /** The current time in milliseconds, by the clock. */
  now(): number {
    return this.clock.now();
  }

  /** Rings `alarm` once in `delay` milliseconds; never if it is Infinity. The alarm must not be set already. */
  set(alarm: Alarm, delay: number): void {
    if (delay === Number.POSITIVE_INFINITY) return;
    alarm.isLate = delay >= longDelay && this.clock === systemClock;
    alarm.due = Math.ceil(alarm.isLate ? delay : this.clock.now() + delay);
    this.#newcomers.append(alarm);
    this.#size++;
    if (alarm.background) this.#inBackground++;
    if (!this.#soon) this.#arm(Math.min(delay, slotTime));
    else if (this.#size - this.#inBackground === 1) this.#timer?.ref();
  }

  /** Cancels an alarm. Has no effect if it is not set. */
  clear(alarm: Alarm): void {
    if (alarm.next === alarm) return;
    alarm.unlink();
    this.#forget(alarm);
    if (this.#soon) return;
    if (this.#size === 0) this.#disarm();
    else if (this.#size === this.#inBackground) this.#timer?.unref();
  }

  #forget(alarm: Alarm): void {
    this.#size--;
    if (alarm.background) this.#inBackground--;
  }

  #arm(milliseconds: number): void {
    this.#disarm();
    this.#soon = milliseconds <= slotTime;
    this.#timer = this.clock.setTimeout(this.#tick, Math.ceil(milliseconds));
    if (this.#size === this.#inBackground) this.#timer?.unref();
  }

  #disarm(): void {
    this.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    this.#soon = false;
    const now = this.clock.now();
    const tick = Math.floor(now / slotTime);
    const due = new Link();
    this.#seatNewcomers(now, tick, due);
    this.#takeDue(now, tick, due);
    // An alarm that rings may cancel another one that is due.
    for (let link = due.next; link !== due; link = due.next) {
      link.unlink();
      this.#forget(link as Alarm);
      (link as Alarm).ring();
    }
    if (this.#size > 0 && !this.#soon) this.#armForNextSlot(tick);
  };

  #seatNewcomers(now: number, tick: number, due: Link): void {
    if (this.#newcomers.next === this.#newcomers) return;
    if (this.#slots.length === 0) {
      this.#slots = Array.from({ length: slotCount }, () => new Link());
      this.#lastTick = tick;
    }
    for (let link = this.#newcomers.next; link !== this.#newcomers; link = this.#newcomers.next) {
      const alarm = link as Alarm;
      alarm.unlink();
      if (alarm.isLate) alarm.due = Math.ceil(alarm.due + now);
      if (alarm.due <= now) due.append(alarm);
      else this.#slotAt(Math.max(tick + 1, Math.ceil(alarm.due / slotTime))).append(alarm);
    }
  }

  #slotAt(tick: number): Link {
    return this.#slots[tick % slotCount] as Link;
  }

  #takeDue(now: number, tick: number, due: Link): void {
    if (this.#slots.length === 0) return;
    const first = Math.max(this.#lastTick + 1, tick - slotCount + 1);
    this.#lastTick = tick;
    for (let at = first; at <= tick; at++) {
      const slot = this.#slotAt(at);
      for (let link = slot.next; link !== slot; ) {
        const alarm = link as Alarm;
        link = link.next;
        if (alarm.due > now) continue;
        alarm.unlink();
        due.append(alarm);
      }
    }
  }

  #armForNextSlot(tick: number): void {
    let ahead = 1;
    while (ahead < slotCount) {
      const slot = this.#slotAt(tick + ahead);
      if (slot.next !== slot) break;
      ahead++;
    }
    this.#arm(Math.max(1, (tick + ahead) * slotTime - this.clock.now()));
  }
}
