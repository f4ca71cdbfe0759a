// One end of a pair of ZeroMQ sockets over Unix sockets, for the benchmark of messages: a PULL socket of its own, and a PUSH socket to the
// other end. A message is four bytes, as those of the mailboxes.
import { Pull, Push } from "zeromq";

/** `own` and `other`: URLs such as ipc:///tmp/a. */
export async function openEnd(own, other) {
  const pull = new Pull({ receiveHighWaterMark: 0 });
  const push = new Push({ sendHighWaterMark: 0 });
  await pull.bind(own);
  push.connect(other);
  return {
    send(number) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(number);
      return push.send(bytes);
    },
    async receive() {
      const [bytes] = await pull.receive();
      return bytes.readUInt32BE(0);
    },
  };
}
