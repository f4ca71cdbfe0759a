// Explains why a Unix socket cannot be opened, from its path. Loaded when that happens.
import { constants } from "node:fs";
import { access, lstat, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { TransportError } from "./errors.js";

/** The error with a better reason; undefined if the file system shows none. */
export async function explainUnix(path: string, error: TransportError): Promise<TransportError | undefined> {
  const system = error.cause as NodeJS.ErrnoException | undefined;
  if (system?.code === undefined || error.code === "TRANSPORT_TIMEOUT") return undefined;
  const isListening = error.code === "TRANSPORT_LISTEN_FAILED";
  const why =
    (await reasonOfFolder(dirname(resolve(path)), isListening)) ?? (await reasonOfFile(path, isListening, system.code));
  if (why === undefined) return undefined;
  const what = isListening ? "cannot listen on" : "cannot connect to";
  return new TransportError(error.code, `${what} unix:${path}: ${why} (${system.code})`, { cause: system });
}

async function reasonOfFolder(folder: string, isListening: boolean): Promise<string | undefined> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => error);
  if (!("isDirectory" in found)) {
    if (found.code === "ENOENT") return `the folder ${folder} does not exist`;
    return found.code === "EACCES" ? `you may not look into the folder ${folder}` : undefined;
  }
  if (!found.isDirectory()) return `${folder} is not a folder`;
  const mode = isListening ? constants.W_OK | constants.X_OK : constants.X_OK;
  const isAllowed = await access(folder, mode).then(
    () => true,
    () => false,
  );
  return isAllowed ? undefined : `you may not ${isListening ? "make files in" : "look into"} the folder ${folder}`;
}

async function reasonOfFile(path: string, isListening: boolean, code: string): Promise<string | undefined> {
  const file = await lstat(path).catch(() => undefined);
  if (file === undefined) return isListening ? undefined : "there is no such socket: is the server running?";
  if (file.isDirectory()) return "that is a folder";
  if (!file.isSocket()) {
    return isListening
      ? "there is a file that is not a socket: remove it, or use another path"
      : "that file is not a socket";
  }
  if (isListening) return "another server listens there: stop it, or use another path";
  const mayWrite = await access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!mayWrite) return "you may not write to the socket";
  return code === "ECONNREFUSED" ? "no server listens there any more" : undefined;
}
