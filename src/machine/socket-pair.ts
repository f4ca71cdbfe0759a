// Two joined sockets of this process. One belongs to the event loop of the thread that opens them; the other one can be read by any thread,
// which blocks until there are bytes. Waking a thread so costs less than Atomics.notify: the system leaves it on the processor of the one
// that wakes it, as it does with all sockets.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SocketPair {
  readonly near: Socket;
  /** The descriptor of `near`. Writing to it does not block. */
  readonly nearDescriptor: number;
  /** Not read by its event loop. */
  readonly far: Socket;
  /** Reading it blocks. */
  readonly farDescriptor: number;
}

/** Private fields of Node. */
interface WithHandle {
  readonly _handle: { readonly fd?: number; setBlocking?(blocking: boolean): number } | null;
}

/** Undefined where sockets have no descriptors, or no socket can be opened in the folder for temporary files. */
export async function openSocketPair(): Promise<SocketPair | undefined> {
  if (process.platform === "win32") return undefined;
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(tmpdir(), "lupine-"));
    return await joined(join(folder, "pair"));
  } catch {
    return undefined;
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function joined(path: string): Promise<SocketPair | undefined> {
  const server = createServer({ pauseOnConnect: true });
  server.listen(path);
  await once(server, "listening");
  const accepted = once(server, "connection");
  const near = connect(path);
  await once(near, "connect");
  const [far] = (await accepted) as [Socket];
  server.close();
  for (const socket of [near, far]) socket.on("error", () => undefined).unref();
  const [nearHandle, farHandle] = [near, far].map((socket) => (socket as unknown as WithHandle)._handle);
  const { fd: nearDescriptor = -1 } = nearHandle ?? {};
  const { fd: farDescriptor = -1 } = farHandle ?? {};
  if (nearDescriptor >= 0 && farDescriptor >= 0 && farHandle?.setBlocking?.(true) === 0)
    return { near, nearDescriptor, far, farDescriptor };
  near.destroy();
  far.destroy();
  return undefined;
}
