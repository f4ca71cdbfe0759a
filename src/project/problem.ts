// Errors of a configuration or a file, as data: the caller decides how to show them.

/** A configuration or a file that cannot be used. The command prints it, the language server reports it to the editor. */
export class ProjectError extends Error {
  override readonly name = "ProjectError";
  /** Stable, upper case: BAD_CONFIG, CANNOT_READ, NOT_TEXT. */
  readonly code: string;
  /** Further facts: the file, the problems. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>>, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is not a folder",
  EACCES: "permission denied",
  EPERM: "not permitted",
  ELOOP: "its symbolic links form a loop",
  ENAMETOOLONG: "its name is too long",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EEXIST: "something else is in its place",
  EMFILE: "too many files are open",
};

/** Why a file could not be read or written, in words. */
export function whyNot(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return Object.hasOwn(REASONS, code) ? (REASONS[code] as string) : code || message;
}
