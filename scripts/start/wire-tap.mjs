// A TCP relay on this machine that shows each record which passes, before it passes it on.
import { connect, createServer } from "node:net";

/**
 * Listens on a free port and connects what comes to the port that `upstream()` names. `seen(direction, record)` is
 * called with each whole record, mark included, before its bytes go on.
 */
export async function startWireTap({ upstream, seen }) {
  const sockets = new Set();
  const server = createServer((caller) => {
    const callee = connect({ host: "127.0.0.1", port: upstream() });
    for (const [from, to, direction] of [
      [caller, callee, "call"],
      [callee, caller, "reply"],
    ]) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on(
        "data",
        splitter(
          (record) => seen(direction, record),
          (bytes) => to.write(bytes),
        ),
      );
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => sockets.delete(from));
    }
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: server.address().port, close };
}

/** Passes bytes on record by record (RFC 5531 section 11; the example's records have one fragment each). */
function splitter(record, pass) {
  let held = Buffer.alloc(0);
  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4) {
      const size = 4 + (held.readUInt32BE(0) & 0x7fffffff);
      if (held.length < size) return;
      const whole = held.subarray(0, size);
      held = held.subarray(size);
      record(whole);
      pass(whole);
    }
  };
}
