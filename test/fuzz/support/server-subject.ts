// The server under test: four program versions of two interfaces over TCP and UDP.
import { formatAddress, Server } from "lupine";
import { type Connection, openListener } from "lupine/transport";
import { ADD_VERS } from "../../../examples/add/add.gen.js";
import { EVERYTHING_V1, EVERYTHING_V2, SECOND_V1 } from "../../fixtures/everything.gen.js";
import { serveQuestions } from "./subject.js";
import { watched } from "./watched.js";

const errors: string[] = [];
/** Messages that are not RPC are reported, which is no fault of the server. */
const isReport = (error: unknown): boolean =>
  (error as { code?: unknown }).code === "TRANSPORT_FOREIGN_PROTOCOL" && /a message was dropped/.test(String(error));
const server = new Server({ onError: (error) => isReport(error) || errors.push(String(error)) })
  .implement(ADD_VERS, { add: ({ a, b }) => (a + b) | 0 })
  .implement(EVERYTHING_V1, {
    null: () => undefined,
    add: async (a, b) => (a + b) | 0,
    echo: (text) => text,
    list: async ({ children }) => children,
    all: (everything) => everything,
  })
  .implement(EVERYTHING_V2, { null: () => undefined, grow: async (tree) => tree })
  .implement(SECOND_V1, { isThere: async (name) => name !== "" });

const record = (error: unknown): void => void errors.push(error instanceof Error ? String(error.stack) : String(error));
const accept = (connection: Connection): void => void server.accept(watched(connection, record));
const tcp = await openListener("tcp://127.0.0.1:0", accept, { limits: { time: 2000 }, halfCloseTimeout: 40 });
const udp = await openListener("udp://127.0.0.1:0", accept);

serveQuestions(
  { tcp: formatAddress(tcp.address), udp: formatAddress(udp.address) },
  () => Promise.all([tcp.close(), server.close(), udp.close()]),
  () => ({ connections: server.connections, errors }),
);
