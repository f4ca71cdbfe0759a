// Serves procedures that change their arguments: node server.js [ADDRESS]
// The server gets copies of the arguments, and returns them changed. The client's stub writes them into the caller's objects.
import { Server } from "lupine";
import { logError, serve } from "../serve.js";
import { COPY_VERS } from "./copy.gen.js";

const file = new TextEncoder().encode("the dreaded pointer problem");

const server = new Server({ onError: logError });

server.implement(COPY_VERS, {
  read(fd, buffer, nbytes) {
    if (fd !== 3) return { nbytes: -1, buffer };
    const part = file.subarray(0, Math.max(0, nbytes));
    return { nbytes: part.length, buffer: part };
  },

  increment(first, second) {
    first.value += 1;
    second.value += 1;
    return { first, second };
  },

  reverse: (names) => names.reverse(),
});

await serve(server);
