// The handle below a socket, which is what one process gives to another. Node can send sockets, too, but begins to read a socket as
// soon as it has come, and what it reads is lost for a third process. Uses private fields of Node's sockets.
import type { Socket as DatagramSocket } from "node:dgram";
import { Socket } from "node:net";

/** A connection without a stream over it. */
export interface SocketHandle {
  reading: boolean;
  onread: unknown;
  readStop(): void;
  close(): void;
}

interface WithHandle {
  _handle: SocketHandle | null;
}

/** Stops reading, also below the stream. */
export function stopReading(socket: Socket): void {
  socket.pause();
  const { _handle: handle } = socket as unknown as WithHandle;
  if (handle === null) return;
  handle.readStop();
  handle.reading = false;
}

/** Detaches the handle of a socket, and closes the socket; the connection stays open. Returns undefined if the socket is closed already. */
export function takeHandle(socket: Socket): SocketHandle | undefined {
  const inside = socket as unknown as WithHandle;
  const { _handle: handle } = inside;
  if (handle === null) return undefined;
  stopReading(socket);
  handle.onread = () => undefined;
  inside._handle = null;
  socket.destroy();
  return handle;
}

/** A socket over a handle. It is paused. */
export function socketOver(handle: SocketHandle): Socket {
  const options = { handle, readable: true, writable: true, allowHalfOpen: true, pauseOnCreate: true };
  return new Socket(options as ConstructorParameters<typeof Socket>[0]);
}

/** The handle below a bound UDP socket. */
export interface DatagramHandle {
  readonly fd: number;
  recvStop(): void;
  recvStart(): void;
}

/** Undefined if this version of Node has other private fields. */
export function datagramHandle(socket: DatagramSocket): DatagramHandle | undefined {
  const state = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "state symbol");
  const { handle } = (state === undefined ? {} : Reflect.get(socket, state)) as { handle?: Partial<DatagramHandle> };
  if (handle?.recvStop === undefined || handle.recvStart === undefined) return undefined;
  return handle.fd === undefined || handle.fd < 0 ? undefined : (handle as DatagramHandle);
}
