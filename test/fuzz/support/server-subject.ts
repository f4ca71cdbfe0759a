// The server under test: four program versions of two interfaces over TCP and UDP.
import { formatAddress, Server } from "lupine";
import { ADD_VERS } from "../../../examples/add/add.gen.js";
import { EVERYTHING_V1, EVERYTHING_V2, SECOND_V1 } from "../../fixtures/everything.gen.js";
import { serveQuestions } from "./subject.js";

const errors: string[] = [];
const server = new Server({ onError: (error) => errors.push(String(error)) })
  .implement(ADD_VERS, { add: ({ a, b }) => (a + b) | 0 })
  .implement(EVERYTHING_V1, {
    null: () => undefined,
    add: async (a, b) => (a + b) | 0,
    echo: (text) => text,
    list: async ({ children }) => children,
    all: (everything) => everything,
  })
  .implement(EVERYTHING_V2, { everythingNull: () => undefined, everythingGrow: async (tree) => tree })
  .implement(SECOND_V1, { isThere: async (name) => name !== "" });

const tcp = await server.listen("tcp://127.0.0.1:0", { limits: { time: 2000 }, halfCloseTimeout: 40 });
const udp = await server.listen("udp://127.0.0.1:0");

serveQuestions(
  { tcp: formatAddress(tcp.address), udp: formatAddress(udp.address) },
  () => server.close(),
  () => ({ connections: server.connections, errors }),
);
