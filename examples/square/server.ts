// Squares numbers. `long` is four bytes: a square that does not fit fails the call.
import { Server } from "lupine";
import { logError, serve } from "../serve.js";
import { SQUARE_VERS } from "./square.gen.js";

const server = new Server({ onError: logError });
server.implement(SQUARE_VERS, { squareproc: ({ arg1 }) => ({ res1: arg1 * arg1 }) });
await serve(server);
