// @grpc/grpc-js in the call benchmark: node grpc.mjs server, or node grpc.mjs client PORT.
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { answerLoads, keepCalling } from "../../build/bench/calls/worker.js";

const file = fileURLToPath(new URL("bench.proto", import.meta.url));
const { Bench } = grpc.loadPackageDefinition(loadSync(file));

if (process.argv[2] === "server") {
  const server = new grpc.Server();
  server.addService(Bench.service, {
    Add: ({ request }, reply) => reply(null, { value: request.a + request.b }),
    Echo: ({ request }, reply) => reply(null, request),
  });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
} else {
  const client = new Bench(`127.0.0.1:${process.argv[3]}`, grpc.credentials.createInsecure());
  const call = (method, request) =>
    new Promise((resolve, reject) =>
      client[method](request, (error, reply) => (error ? reject(error) : resolve(reply))),
    );
  const caller = {
    add: async (a, b) => (await call("Add", { a, b })).value,
    echo: async (data) => (await call("Echo", { data })).data,
  };
  await answerLoads((load) => keepCalling(caller, load));
  process.exit();
}
