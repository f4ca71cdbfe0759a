// Squares numbers. `long` has four bytes: if the square does not fit, the call fails.
import { Server } from "lupine";
import { logError, serve } from "../serve.js";
import { SQUARE_VERS } from "./square.gen.js";

const server = new Server({ onError: logError });
server.implement(SQUARE_VERS, { squareproc: ({ arg1 }) => ({ res1: arg1 * arg1 }) });
await serve(server);
