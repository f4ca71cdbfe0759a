// A connection that tells what its receiver throws. Connections guard themselves, so that nobody would hear of it.
import type { Connection } from "lupine/transport";

/** The same connection, and `tell` hears what its receiver throws. */
export function watched(inner: Connection, tell: (error: unknown) => void): Connection {
  const guarded =
    <A extends unknown[]>(receive: (...args: A) => void) =>
    (...args: A): void => {
      try {
        receive(...args);
      } catch (error) {
        tell(error);
        throw error;
      }
    };
  return {
    info: inner.info,
    open: (receiver) =>
      inner.open({
        message: guarded((...message) => receiver.message(...message)),
        drained: guarded(() => receiver.drained()),
        closed: guarded((error) => receiver.closed(error)),
      }),
    send: (write, value) => inner.send(write, value),
    pause: () => inner.pause(),
    resume: () => inner.resume(),
    close: () => inner.close(),
    destroy: (error) => inner.destroy(error),
  };
}
