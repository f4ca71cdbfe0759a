// "lupine/directory": services by name on any machine: registers and finds them, and runs a directory server.
export type { DirectoryOptions } from "./client-options.js";
export { defaultLinger } from "./departures.js";
export { Directory } from "./directory.js";
export {
  type AskDirectoryOptions,
  type DirectoryEngine,
  type DirectorySecret,
  defaultDirectoryTimeout,
  defaultLease,
  type Lease,
  type OpenDirectoryOptions,
  type ProgramVersion,
  type ServiceEntry,
} from "./engine.js";
export type { RegisterServiceOptions, ServiceDescription } from "./entry.js";
export { DirectoryError, type DirectoryErrorCode } from "./errors.js";
export { MemoryServices, memoryDirectory } from "./memory-engine.js";
export { openDirectory } from "./open.js";
export { checkPath } from "./path.js";
export { readSecrets } from "./secret-file.js";
export { type Departure, type DirectoryEvent, type DirectoryLog, formatDirectoryEvent } from "./served/events.js";
export {
  type DirectoryLimits,
  defaultDirectoryConnections,
  defaultDirectoryLimits,
  defaultDirectoryRate,
  defaultGrace,
  defaultSettling,
  directoryPort,
} from "./served/limits.js";
export type { PolicyOptions, Registrants } from "./served/policy.js";
export { DirectoryServer, type DirectoryServerOptions, startDirectory } from "./served/server.js";
