// Whether the process can open no more files. Some errors of the system do not say so: a host name that cannot be looked up is "not found".
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";

/** @returns the system's error, EMFILE or ENFILE, if no file descriptor is free. */
export function noDescriptors(): NodeJS.ErrnoException | undefined {
  try {
    closeSync(openSync(devNull, "r"));
    return undefined;
  } catch (error) {
    return isOutOfDescriptors(error) ? (error as NodeJS.ErrnoException) : undefined;
  }
}

/** Whether the reason of an error is that no file descriptor is free: for the process (EMFILE), or for the whole system (ENFILE). */
export function isOutOfDescriptors(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EMFILE" || code === "ENFILE") return true;
  }
  return false;
}
