// A whole system in one process, on a fake clock and from one seed: machines that crash and start again, their network and their
// disks. The same seed gives the same run.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { Clock, Timer } from "../base/clock.js";
import type { Disk } from "../base/disk.js";
import { defaultTotalCallsInFlight } from "../peer/pending-calls.js";
import { defaultTotalBytes, defaultTotalCalls, type ProcessClock, Total } from "../transport/budget.js";
import type { MemoryNetwork } from "../transport/memory.js";
import { FakeClock } from "./fake-clock.js";
import { seededRandom } from "./random.js";
import { settleAll } from "./settle.js";
import { SimulatedDisk } from "./simulated-disk.js";
import { SimulatedNetwork } from "./simulated-network.js";

/** Options of `simulate`. */
export interface SimulationOptions {
  /** Milliseconds of the fake clock after which a scenario that has not ended fails. Default 3,600,000. */
  readonly longest?: number;
  /** Receives a line for each message, crash and partition, which begins with the time: for the replay of a seed. Default: none. */
  readonly trace?: (line: string) => void;
}

const simulationOptions: OptionTable<SimulationOptions> = { longest: "time", trace: "function" };
const seedsOptions: OptionTable<SimulationOptions & { readonly first?: number }> = {
  ...simulationOptions,
  first: "number",
};

/**
 * A machine from one start to its crash, with all that its programs need. After the crash they have no effect any more.
 */
export interface Incarnation {
  /** The machine's name in the simulation. */
  readonly name: string;
  /** False once it has crashed. */
  readonly up: boolean;
  /** For the `clock` option of clients, servers and reply caches. */
  readonly clock: Clock;
  /** For the `network` option: connections that deliver in order or break, as over TCP. */
  readonly network: MemoryNetwork;
  /** For the `network` option: datagrams, which are lost, repeated and overtaken, as over UDP. */
  readonly datagrams: MemoryNetwork;
  /** The files of the machine. They survive crashes as far as they were synced. */
  readonly disk: Disk;
}

/** The program of a machine: called at each start. The promise may stay pending. */
export type Boot = (machine: Incarnation) => unknown;

/** Runs a scenario until it ends, rejects or hangs. */
export type Scenario<T> = (world: Simulation) => Promise<T>;

/**
 * Runs one scenario on a fake clock. Time, random numbers, network and disks must come from `world` and its machines,
 * so that the same seed gives the same run.
 * @throws Error that names the seed, with the scenario's own error, or that of a machine's boot, as `cause`; also if no event is left and the
 * scenario has not ended.
 * @example
 * const sum = await simulate(42, async (world) => {
 *   world.network.faults.drop = 0.3;
 *   world.machine("server", ({ clock, datagrams }) =>
 *     new Server({ clock }).implement(ADD_VERS, { add: ({ a, b }) => a + b }).listen("memory:add", { network: datagrams }),
 *   );
 *   const { clock, datagrams } = world.machine("client").now;
 *   await using client = createClient(ADD_VERS, "memory:add", { clock, connection: { network: datagrams } });
 *   return client.add({ a: 1, b: 2 });
 * });
 * console.log(sum); // 3
 */
export async function simulate<T>(seed: number, scenario: Scenario<T>, options: SimulationOptions = {}): Promise<T> {
  checkOptions(simulationOptions, options);
  const world = new Simulation(seed, options.trace);
  try {
    return await world.run(scenario, options.longest ?? 3_600_000);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the simulation of seed ${seed} failed: ${why}\nTo replay it: simulate(${seed}, scenario)`, {
      cause,
    });
  } finally {
    world.end();
  }
}

/**
 * Runs the scenario for `count` seeds, one after the other, from `first` (default 1) on. The first seed that fails ends it.
 * @throws Error as `simulate` does.
 * @example
 * await simulateSeeds(10, async (world) => {
 *   world.machine("server", ({ clock, datagrams }) =>
 *     new Server({ clock }).implement(ADD_VERS, { add: ({ a, b }) => a + b }).listen("memory:add", { network: datagrams }),
 *   );
 *   world.network.faults.drop = 0.2;
 *   const { clock, datagrams } = world.machine("client").now;
 *   await using client = createClient(ADD_VERS, "memory:add", { clock, connection: { network: datagrams } });
 *   if ((await client.add({ a: 1, b: 2 })) !== 3) throw new Error("a wrong sum");
 * });
 */
export async function simulateSeeds(
  count: number,
  scenario: Scenario<unknown>,
  options: SimulationOptions & { readonly first?: number } = {},
): Promise<void> {
  checkOptions(seedsOptions, options);
  const { first = 1, ...others } = options;
  for (let seed = first; seed < first + count; seed++) await simulate(seed, scenario, others);
}

/**
 * The world of one simulation. `simulate` makes it.
 * @example
 * const time = await simulate(1, async (world) => {
 *   const began = world.clock.now();
 *   await world.wait(60_000);
 *   return world.clock.now() - began;
 * });
 * console.log(time); // 60000
 */
export class Simulation {
  /** The number that all chance in the simulation comes from. */
  readonly seed: number;
  /** The time of the whole world. Programs on a machine take the machine's own, which stops when it crashes. */
  readonly clock: FakeClock;
  /** Random numbers from the seed: 0 inclusive to 1 exclusive. */
  readonly random: () => number;
  /** The network between its machines, for faults and partitions. */
  readonly network: SimulatedNetwork;
  readonly #machines: Machine[] = [];
  readonly #trace: ((line: string) => void) | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** Made by `simulate`. `trace` receives a line for each message, crash and partition. */
  constructor(seed: number, trace?: (line: string) => void) {
    this.seed = seed;
    this.clock = Object.assign(new FakeClock({ seed }), { total: totalOfProcess() });
    this.random = seededRandom(seed ^ 0x5eed);
    this.#trace = trace && ((line) => trace(`${this.clock.now().toFixed(1)} ${line}`));
    this.network = new SimulatedNetwork(this.clock, seededRandom(seed ^ 0x0e7), this.#trace);
  }

  /** Adds a machine and starts it. An error of its boot fails the simulation. */
  machine(name: string, boot: Boot = () => undefined): Machine {
    const { clock, network } = this;
    const disk = new SimulatedDisk(seededRandom(this.seed ^ (0xd15c + this.#machines.length)));
    const fail = (error: unknown): void => this.fail(error);
    const machine = new Machine(name, boot, { clock, network, disk, fail, trace: this.#trace });
    this.#machines.push(machine);
    return machine;
  }

  /** Resolves after this many milliseconds of the world's time. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimeout(resolve, milliseconds));
  }

  /** Fails the simulation, from wherever it is called. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Runs the scenario on the clock. `simulate` calls it. @throws the error of the scenario, or of a machine. */
  async run<T>(scenario: Scenario<T>, longest: number): Promise<T> {
    const end = this.clock.now() + longest;
    let settled = false;
    const outcome = scenario(this).finally(() => {
      settled = true;
    });
    outcome.catch(() => undefined);
    for (;;) {
      await settleAll();
      if (this.#failure !== undefined) throw this.#failure.error;
      if (settled) return outcome;
      const { next } = this.clock;
      if (next === undefined) throw new Error("the scenario has not ended, and no timer is set: it waits for nothing");
      if (this.clock.now() + next > end) throw new Error(`the scenario has not ended after ${longest} ms of its clock`);
      this.clock.advance(next);
    }
  }

  /** Stops all machines. `simulate` calls it. */
  end(): void {
    for (const machine of this.#machines) machine.crash();
  }
}

interface Surroundings {
  readonly clock: FakeClock;
  readonly network: SimulatedNetwork;
  readonly disk: SimulatedDisk;
  readonly trace: ((line: string) => void) | undefined;
  fail(error: unknown): void;
}

/**
 * A machine of a simulation, over all its crashes.
 * @example
 * const ups = await simulate(1, async (world) => {
 *   const server = world.machine("server");
 *   server.crash();
 *   const downNow = server.up;
 *   await server.restart(1_000);
 *   return [downNow, server.up];
 * });
 * console.log(ups); // [ false, true ]
 */
export class Machine {
  /** The machine's name in the simulation. */
  readonly name: string;
  /** The disk of the machine, to cause faults and to examine its files. */
  readonly disk: SimulatedDisk;
  readonly #boot: Boot;
  readonly #around: Surroundings;
  #now: RunningMachine;

  /** Made by `world.machine`, which starts it. */
  constructor(name: string, boot: Boot, around: Surroundings) {
    this.name = name;
    this.disk = around.disk;
    this.#boot = boot;
    this.#around = around;
    this.#now = this.#begin();
  }

  /** The current incarnation of the machine, or after a crash the last one. */
  get now(): Incarnation {
    return this.#now;
  }

  /** Whether it runs: false between a crash and the next start. */
  get up(): boolean {
    return this.#now.up;
  }

  /** Cuts the power: the machine's programs stop where they are, its connections break, and the disk loses what was not synced. */
  crash(): void {
    if (!this.#now.up) return;
    this.#around.trace?.(`crash ${this.name}`);
    this.#now.stop();
    this.#around.network.crashed(this.#now);
    this.disk.crash();
  }

  /** Starts it again after a crash: its boot runs anew. */
  start(): void {
    if (!this.#now.up) this.#now = this.#begin();
  }

  /** Crashes it now, and starts it again after `downtime` milliseconds of the fake clock. Default 0. */
  async restart(downtime = 0): Promise<void> {
    this.crash();
    await new Promise<void>((resolve) => this.#around.clock.setTimeout(resolve, downtime));
    this.start();
  }

  #begin(): RunningMachine {
    this.#around.trace?.(`start ${this.name}`);
    const now = new RunningMachine(this.name, this.#around);
    // Boot in a later turn, so that `world.machine` has returned before.
    Promise.resolve()
      .then(() => this.#boot(now))
      .catch((error: unknown) => {
        if (now.up) this.#around.fail(error);
      });
    return now;
  }
}

class RunningMachine implements Incarnation {
  readonly name: string;
  up = true;
  readonly clock: MachineClock;
  readonly network: MemoryNetwork;
  readonly datagrams: MemoryNetwork;
  readonly disk: Disk;

  constructor(name: string, { clock, network, disk }: Surroundings) {
    this.name = name;
    this.clock = new MachineClock(clock);
    this.network = network.streams(this);
    this.datagrams = network.datagrams(this);
    this.disk = disk.at(this.clock);
  }

  stop(): void {
    this.up = false;
    this.clock.stop();
  }
}

/** The limits of a process, with nothing counted. The calls of a crashed machine never end, so they must not count in this one's. */
function totalOfProcess(): Total {
  const total = new Total(defaultTotalCalls, defaultTotalBytes, true);
  total.waiting = new Total(defaultTotalCallsInFlight, 0, true);
  return total;
}

/** A clock whose timers never ring again once its machine has stopped. */
class MachineClock implements ProcessClock {
  readonly total = totalOfProcess();
  readonly #world: FakeClock;
  readonly #timers = new Set<Timer>();
  #stopped = false;

  constructor(world: FakeClock) {
    this.#world = world;
  }

  now(): number {
    return this.#world.now();
  }

  date(): number {
    return this.#world.date();
  }

  random(): number {
    return this.#world.random();
  }

  setTimeout(ring: () => void, milliseconds: number): Timer {
    const timer = this.#world.setTimeout(() => {
      this.#timers.delete(timer);
      ring();
    }, milliseconds);
    return this.#keep(timer);
  }

  setInterval(ring: () => void, milliseconds: number): Timer {
    return this.#keep(this.#world.setInterval(ring, milliseconds));
  }

  clearTimeout(timer: Timer | undefined): void {
    if (timer !== undefined) this.#timers.delete(timer);
    this.#world.clearTimeout(timer);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) this.#world.clearTimeout(timer);
    this.#timers.clear();
  }

  #keep(timer: Timer): Timer {
    if (this.#stopped) this.#world.clearTimeout(timer);
    else this.#timers.add(timer);
    return timer;
  }
}
