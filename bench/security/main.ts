// What protection costs: calls without it, over TLS, and with Kerberos, beside libtirpc's client and server with Kerberos. All of them
// in each round. Without a key distribution centre (krb5-kdc) to start, only TLS is measured.
// npm run bench -- security [--rounds N] [--json FILE]
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { authSys, type ClientOptions, createClient } from "lupine";
import { authGss } from "lupine/gss";
import type * as certificates from "../../src/testing/certificates.test-support.js";
import { gssClient, gssServer } from "../../test/interop/harness/compile.js";
import { type Realm, startRealm } from "../../test/interop/harness/kdc.js";
import { run, start } from "../../test/interop/harness/processes.js";
import { PEER_V1, type PEER_V1_Procedures } from "../../test/interop/peer.gen.js";
import { report } from "../report/report.js";
import { amount, ratio, spread } from "../report/statistics.js";
import { Worker } from "../report/worker.js";
import { bulk, openBare } from "./bare.js";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "15" }, json: { type: "string" } } });
const support = new URL("../../../dist/testing/certificates.test-support.js", import.meta.url).href;
const { authority, server: own } = (await import(support)) as typeof certificates;

const service = "nfs@localhost";
const protections = ["none", "integrity", "privacy"] as const;
const names = { none: "krb5", integrity: "krb5i", privacy: "krb5p" } as const;
const portOfC = 31_870;
/** Results of 1 MiB in a round. */
const bulkCount = 40;
/** Rounds that are not counted: the code for records of TLS is compiled late. */
const warmUp = 3;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const folder = mkdtempSync(join(tmpdir(), "lupine-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true }));
const files = (["cert", "key"] as const).map((part) => {
  writeFileSync(join(folder, part), own[part], { mode: 0o600 });
  return join(folder, part);
});

const realm = await startRealm().catch((error: Error): undefined => {
  process.stderr.write(`Kerberos is left out: ${error.message}\n`);
});
realm?.login("alice");
const server = new Worker(fileURLToPath(new URL("server.js", import.meta.url)), files);
const [port = 0, netPort = 0, tlsPort = 0] = (await server.next()).split(" ").map(Number);

type Client = ReturnType<typeof open>;
const open = (scheme: string, options: ClientOptions<PEER_V1_Procedures> = {}) =>
  createClient(PEER_V1, `${scheme}://127.0.0.1:${port}`, { auth: authSys(), timeout: 60_000, ...options });
const plain = open("tcp");
const secured = open("tls", { tls: { ca: authority } });

/** Calls of `add` a second. */
async function rate(client: Client, inFlight: number, count = inFlight === 1 ? 1_000 : 10_000): Promise<number> {
  let left = count;
  const caller = async (): Promise<void> => {
    while (left-- > 0) await client.add({ a: left, b: 2 });
  };
  const begun = process.hrtime.bigint();
  await Promise.all(Array.from({ length: inFlight }, caller));
  return (count / Number(process.hrtime.bigint() - begun)) * 1e9;
}

/** Results of 1 MiB a second. */
async function bulkRate(client: Client): Promise<number> {
  return resultsASecond(async () => {
    for (let i = 0; i < bulkCount; i++) await client.fill(bulk);
  });
}

async function resultsASecond(receiveAll: () => Promise<void>): Promise<number> {
  const begun = process.hrtime.bigint();
  await receiveAll();
  return (bulkCount / Number(process.hrtime.bigint() - begun)) * 1e9;
}

/** A row, and the row that it is compared with. */
interface Subject {
  readonly name: string;
  readonly beside?: string;
  measure(): Promise<number>;
}

const subjects: Subject[] = [];
for (const [inFlight, count] of [
  [1, 1_000],
  [128, 40_000],
] as const) {
  const how = inFlight === 1 ? "one at a time" : `${inFlight} in flight`;
  subjects.push({ name: `no protection, ${how}`, measure: () => rate(plain, inFlight, count) });
  subjects.push({
    name: `TLS, ${how}`,
    beside: `no protection, ${how}`,
    measure: () => rate(secured, inFlight, count),
  });
}
const bareNet = await openBare(netPort);
const bareTls = await openBare(tlsPort, authority);
const besideNet = "node:net, results of 1 MiB";
subjects.push({ name: besideNet, measure: () => resultsASecond(() => bareNet(bulkCount)) });
const besideTls = { name: "node:tls, results of 1 MiB", beside: besideNet };
subjects.push({ ...besideTls, measure: () => resultsASecond(() => bareTls(bulkCount)) });
subjects.push({ name: "no protection, results of 1 MiB", measure: () => bulkRate(plain) });
const besideBulk = "no protection, results of 1 MiB";
subjects.push({ name: "TLS, results of 1 MiB", beside: besideBulk, measure: () => bulkRate(secured) });
if (realm !== undefined) subjects.push(...(await kerberos(realm)));

async function kerberos(_realm: Realm): Promise<Subject[]> {
  const inC = start(gssServer(), ["tcp", String(portOfC), service]);
  process.once("exit", () => void inC.stop());
  await inC.printed(/ready/);
  return protections.flatMap((protection) => {
    const name = names[protection];
    const client = open("tcp", { auth: authGss({ service, protection }) });
    const beside = `libtirpc, ${name}, one at a time`;
    return [
      { name: beside, measure: () => rateInC(protection) },
      { name: `${name}, one at a time`, beside, measure: () => rate(client, 1) },
      { name: `${name}, 64 in flight`, beside, measure: () => rate(client, 64) },
      { name: `${name}, results of 1 MiB`, beside: besideBulk, measure: () => bulkRate(client) },
    ];
  });
}

/** libtirpc's client, which waits for each reply, at libtirpc's server. */
async function rateInC(protection: string): Promise<number> {
  const count = 2_000;
  const { output } = await run(gssClient(), ["tcp", String(portOfC), service, protection, `adds:${count}`]);
  const [, nanoseconds] = /^adds (\d+)$/m.exec(output) ?? [];
  if (nanoseconds === undefined) throw new Error(`libtirpc's client: ${output}`);
  return (count / Number(nanoseconds)) * 1e9;
}

await report("security", values.json, async () => {
  const rounds = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  for (let round = -warmUp; round < Number(values.rounds); round++) {
    for (const { name, measure } of subjects) {
      // None pays for the garbage of those before it.
      collectGarbage();
      const found = await measure();
      if (round >= 0) rounds.get(name)?.push(found);
    }
  }
  const of = (name: string): number[] => rounds.get(name) ?? [];
  const times = (name: string, beside?: string): string =>
    beside === undefined ? "" : `${ratio(of(name), of(beside)).toPrecision(2)} x ${beside.replace(/,.*/, "")}`;
  return {
    tables: [
      {
        title: "Calls a second of add(a, 2), or results of 1 MiB a second: least / median / most of the rounds",
        head: ["", "a second", "beside, median of the rounds"],
        rows: subjects.map(({ name, beside }) => [name, spread(of(name), amount), times(name, beside)]),
      },
    ],
    notes: [
      `${values.rounds} rounds. One server process for all of Lupine's rows; the client is another process.`,
      "TLS 1.3 with AES-256-GCM; Kerberos with AES-256. libtirpc's client has one call in flight at a time.",
    ],
  };
});
await realm?.[Symbol.asyncDispose]();
process.exit();
