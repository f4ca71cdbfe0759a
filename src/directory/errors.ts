// The errors of a directory.
import { BrandedError } from "../base/brand.js";

/** The code of a DirectoryError. docs/reference/errors.md explains each. */
export type DirectoryErrorCode =
  /** The path is malformed, or the entry breaks a limit. */
  | "DIRECTORY_BAD_PATH"
  | "DIRECTORY_BAD_ENTRY"
  /** The URL names no engine, or the engine's package is not installed. */
  | "DIRECTORY_BAD_URL"
  | "DIRECTORY_ENGINE_MISSING"
  /** The file of secrets cannot be read or is invalid. */
  | "DIRECTORY_BAD_SECRET"
  /** The directory cannot be reached, or did not answer in time. */
  | "DIRECTORY_UNREACHABLE"
  /** The directory refused: it is full, or the caller is not allowed. */
  | "DIRECTORY_REFUSED"
  /** The directory is read only (DNS). */
  | "DIRECTORY_READ_ONLY"
  /** No server of the service is registered, or none implements the program's version. */
  | "DIRECTORY_NO_SERVER"
  | "DIRECTORY_CLOSED";

/**
 * An error of a directory: it cannot be reached, it refused, or the path or URL is malformed.
 * @example
 * try {
 *   checkPath("services/add");
 * } catch (error) {
 *   if (error instanceof DirectoryError) console.log(error.code); // DIRECTORY_BAD_PATH
 * }
 */
export class DirectoryError extends BrandedError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "DirectoryError";
  /** Stable: compare it with `===`. */
  readonly code: DirectoryErrorCode;

  /** Makes an error with this code and message; `options.cause` is the error below, of the network for example. */
  constructor(code: DirectoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
