// Mailboxes whose names are in a directory: `dir:/mail/printer`. The directory's code is loaded with the first such name.
import type { ClientWiring } from "../client/create-client.js";
import { parseServiceTarget } from "../client/service-target.js";
import type { Directory } from "../directory/index.js";
import type { Server } from "../server/index.js";

/**
 * Registers the server of a mailbox under its name. @returns what closes the directory again, after the server.
 * @throws DirectoryError
 */
export async function registerMailbox(
  name: string,
  server: Server,
  directory: Directory | string | undefined,
): Promise<() => Promise<void>> {
  const { path, url } = parseServiceTarget(name);
  const given = directory ?? url;
  if (typeof given === "object") {
    await given.register(path, server, { linger: 0 });
    return async () => {};
  }
  const { openDirectory } = await import("../directory/index.js");
  const opened = await openDirectory(given);
  try {
    // A message that comes after the mailbox is closed is refused: nothing is gained by a wait for clients to leave.
    await opened.register(path, server, { linger: 0 });
  } catch (error) {
    await opened.close();
    throw error;
  }
  return () => opened.close();
}

/** Connects to the mailboxes of `dir:` names. */
export function directoryWiring(directory: Directory | string | undefined): ClientWiring {
  return {
    async pool(target, program, options) {
      const { makeServiceChannel } = await import("../directory/service-channel.js");
      const named = parseServiceTarget(target as string).url !== undefined || directory === undefined;
      return makeServiceChannel(undefined, program, target as string, named ? options : { ...options, directory });
    },
  };
}
