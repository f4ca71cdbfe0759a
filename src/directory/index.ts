// The public door of the directory: services by name, on any machine.
export { Directory, type RegisterServiceOptions, type ServiceDescription } from "./directory.js";
export {
  type AskDirectoryOptions,
  type DirectoryEngine,
  defaultDirectoryTimeout,
  defaultLease,
  type Lease,
  type ProgramVersion,
  type ServiceEntry,
} from "./engine.js";
export { DirectoryError, type DirectoryErrorCode } from "./errors.js";
export { type DirectoryTarget, openDirectory, parseDirectoryTarget } from "./open.js";
export { checkPath } from "./path.js";
