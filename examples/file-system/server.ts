// Serves the files of one directory: node server.js DIRECTORY [ADDRESS]
// A descriptor belongs to the connection and the identity that opened it, and ends with the connection.
import { realpath } from "node:fs/promises";
import { type IncomingCall, Server } from "lupine";
import { commandLine, logError, serve } from "../serve.js";
import { FILE_VERS, file_status, MAX_READ } from "./files.gen.js";
import { OpenFiles, type Owner } from "./open-files.js";

const [directory = ".", address] = commandLine().words;
const files = new OpenFiles(await realpath(directory));

const server = new Server({
  onError: logError,
  onDisconnected(peer) {
    const report = (): void => console.log(`a client left, ${files.size} files are open`);
    files.closeAllOf(peer).then(report, console.error);
  },
});

server.implement(FILE_VERS, {
  async open(path, call) {
    const opened = await files.open(ownerOf(call), path);
    return "fd" in opened ? { status: file_status.FILE_OK, fd: opened.fd } : { status: opened.refused };
  },

  async read(fd, nbytes, call) {
    if (nbytes > MAX_READ) return { status: file_status.FILE_TOO_BIG };
    try {
      const data = await files.read(ownerOf(call), fd, nbytes);
      if (data === undefined) return { status: file_status.FILE_BAD_DESCRIPTOR };
      return { status: file_status.FILE_OK, data };
    } catch {
      return { status: file_status.FILE_IO_ERROR };
    }
  },

  async close(fd, call) {
    return (await files.close(ownerOf(call), fd)) ? file_status.FILE_OK : file_status.FILE_BAD_DESCRIPTOR;
  },
});

// TCP only: over UDP the server cannot notice that a client has ended, and its descriptors would stay open.
await serve(server, { address, transports: ["tcp"] });

function ownerOf({ peer, identity }: IncomingCall): Owner {
  const sys = identity.sys;
  return { connection: peer, name: sys === undefined ? "anybody" : `${sys.machineName} ${sys.uid}` };
}
