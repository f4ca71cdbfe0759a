// A peer that speaks another protocol to a server of ours.
import { once } from "node:events";
import { connect } from "node:net";

/** Connects and greets as SSH does. Fulfilled when the server has closed the connection. */
export async function speakSsh(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1").resume();
  const closed = once(socket, "close");
  socket.on("error", () => {});
  socket.write("SSH-2.0-OpenSSH_9.2\r\n");
  await closed;
}
