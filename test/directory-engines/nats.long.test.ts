import { openDirectory } from "lupine/directory";
import type { RunningDirectory } from "./engine-under-test.js";
import { patient } from "./entries.js";
import { nats } from "./nats-client.js";
import { natsServerMissing, restart, startNatsServer } from "./nats-server.js";
import { peerSuite } from "./peer-suite.js";
import { directorySuite } from "./suite.js";

peerSuite(natsServerMissing(), () => {
  directorySuite({
    name: "a directory on NATS",
    isProcess: true,
    isOpenToAll: true,
    start: natsDirectory,
  });
});

async function natsDirectory(): Promise<RunningDirectory> {
  const server = await startNatsServer();
  const url = `nats://127.0.0.1:${server.port}`;
  return {
    url,
    open: (options) => openDirectory(url, { ...patient, ...options }),
    restart: (meanwhile) => restart(server, meanwhile),
    kill: () => server.kill(),
    freeze: () => server.process.freeze(),
    thaw: () => server.process.signal("SIGCONT"),
    spoil: (path) => spoil(server.port, path),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const rubbish = [
  "",
  "rubbish",
  "{",
  "null",
  "[]",
  '{"form":1}',
  '{"form":2,"lease":3000,"versions":[],"addresses":["10.0.0.7"],"priority":0,"weight":1}',
  '{"form":1,"lease":3000,"versions":[[1]],"addresses":["10.0.0.7"],"priority":0,"weight":1}',
  '{"form":1,"lease":3000,"versions":[[1,4294967296]],"addresses":["10.0.0.7"],"priority":0,"weight":1}',
  '{"form":1,"lease":3000,"versions":{"length":1},"addresses":["10.0.0.7"],"priority":0,"weight":1}',
  '{"form":1,"lease":3000,"versions":[],"addresses":[],"priority":0,"weight":1}',
  '{"form":1,"lease":3000,"versions":[],"addresses":["tcp://:::"],"priority":0,"weight":1}',
  '{"form":1,"lease":3000,"versions":[],"addresses":[null],"priority":0,"weight":1}',
  '{"form":1,"lease":1e308,"versions":[],"addresses":["10.0.0.7"],"priority":0,"weight":1}',
  '{"form":1,"lease":3000,"versions":[],"addresses":["10.0.0.7"],"priority":-1,"weight":1}',
  '{"form":1,"lease":3000,"versions":[],"addresses":["10.0.0.7"],"priority":0,"weight":0.5}',
  '{"__proto__":{"form":1},"lease":3000}',
  "\ufffd\u0000",
];

/** Keys that are none of ours, and values that are none under keys that could be ours. */
async function spoil(port: number, path: string): Promise<void> {
  const client = await nats.connect({ servers: `127.0.0.1:${port}` });
  const prefix = `$KV.lupine.${path.slice(1).replaceAll("/", ".")}`;
  const good = '{"form":1,"lease":60000,"versions":[],"addresses":["10.0.0.7"],"priority":0,"weight":1}';
  for (const [at, text] of rubbish.entries()) client.publish(`${prefix}.rubbish-${at}`, text);
  client.publish(`${prefix}.${"x".repeat(65)}`, good);
  for (const key of ["=zz", "a=2", "=41", "\u00fc", "x/y"]) client.publish(`${prefix}.${key}`, good);
  for (const key of ["only", "-.x", "a.b=20c.x"]) client.publish(`$KV.lupine.${key}`, good);
  const headers = nats.headers();
  headers.set("KV-Operation", "WHATEVER");
  client.publish(`${prefix}.marked`, good, { headers });
  await client.flush();
  await client.close();
}
