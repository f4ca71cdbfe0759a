// "lupine/testing": tools for tests: connections in memory, lossy connections, a capture of messages, a fake clock,
// simulations, and a checker of histories.
export type { Clock, Timer } from "../base/clock.js";
export type { Disk, DiskFile } from "../base/disk.js";
export { MemoryNetwork, memoryPair } from "../transport/memory.js";
export { type Capture, type Captured, captureConnection } from "./capture.js";
export { FakeClock, type FakeClockOptions } from "./fake-clock.js";
export { History } from "./history.js";
export {
  checkLinearizable,
  type Linearizability,
  type LinearizabilityOptions,
  type Operation,
  type SequentialModel,
} from "./linearizability.js";
export {
  corrupt,
  cut,
  delay,
  deliver,
  drop,
  duplicate,
  type Fate,
  type LossyOptions,
  lossyConnection,
} from "./lossy.js";
export { seededRandom } from "./random.js";
export type { Host } from "./simulated-connection.js";
export type { DiskFaults, SimulatedDisk } from "./simulated-disk.js";
export type { NetworkFaults, SimulatedNetwork } from "./simulated-network.js";
export {
  type Boot,
  type Incarnation,
  type Machine,
  type Scenario,
  type Simulation,
  type SimulationOptions,
  simulate,
  simulateSeeds,
} from "./simulation.js";
