// What a directory on NATS does when NATS is not as it should be.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openDirectory } from "lupine/directory";
import { project } from "../interop/harness/compile.js";
import { run } from "../interop/harness/processes.js";
import { until } from "../support/waiting.js";
import { announce, entry, patient } from "./entries.js";
import { leaseEnds, leaseEndsElsewhere } from "./lease-ends.js";
import { nats } from "./nats-client.js";
import { startNatsCluster } from "./nats-cluster.js";
import { type NatsServer, natsServerMissing, restart, startNatsServer } from "./nats-server.js";
import { peerSuite } from "./peer-suite.js";
import { startProxy } from "./swallowing-proxy.js";
import { untilFound, watch } from "./told.js";

const urlOf = ({ port }: NatsServer): string => `nats://127.0.0.1:${port}`;
const refused = (message: RegExp) => ({ name: "DirectoryError", code: "DIRECTORY_REFUSED", message });

/** A request of JetStream's API, behind the directory's back. */
async function jetStream(server: NatsServer, what: string, body: unknown = {}): Promise<void> {
  const client = await nats.connect({ servers: `127.0.0.1:${server.port}` });
  const answer = (await client.request(`$JS.API.${what}`, JSON.stringify(body))).json();
  await client.close();
  assert.equal((answer as { error?: unknown }).error, undefined);
}

peerSuite(natsServerMissing(), () => {
  describe("a directory on NATS in trouble", { concurrency: 3 }, trouble);
});

function trouble(): void {
  test("a bucket that is deleted is made again, with all that is alive, and watchers hear nothing of it", async () => {
    await using server = await startNatsServer();
    await using here = await openDirectory(urlOf(server));
    await using there = await openDirectory(urlOf(server));
    await announce(here, "/a", entry("one"), 1_500);
    await announce(here, "/a", entry("two"), 1_500);
    await using told = await watch(there, "/a");
    await jetStream(server, "STREAM.DELETE.KV_lupine");
    await untilFound(there, "/a", ["one", "two"]);
    await leaseEnds(urlOf(server), 3_000);
    assert.deepEqual(told.lists, [["one", "two"]]);
    await announce(here, "/a", entry("three"));
    await told.until(["one", "three", "two"]);
  });

  test("a store that loses everything in a restart is filled again, and watchers hear nothing of it", async () => {
    await using server = await startNatsServer();
    const subjects = ["$KV.lupine.>"];
    const memory = { name: "KV_lupine", subjects, storage: "memory", max_msgs_per_subject: 1 };
    await jetStream(server, "STREAM.CREATE.KV_lupine", memory);
    await using here = await openDirectory(urlOf(server));
    await using there = await openDirectory(urlOf(server));
    await announce(here, "/a", entry("one"), 1_000);
    await using told = await watch(there, "/a");
    await restart(server, () => leaseEndsElsewhere(2_000));
    await untilFound(there, "/a", ["one"]);
    await leaseEnds(urlOf(server), 2_000);
    assert.deepEqual(told.lists, [["one"]]);
  });

  test("NATS without JetStream is refused at once, with how to start it", async () => {
    await using server = await startNatsServer("", false);
    await assert.rejects(openDirectory(urlOf(server)), refused(/JetStream is not enabled.*nats-server -js/));
  });

  test("a store that is full refuses new servers and keeps those that it has", async () => {
    await using server = await startNatsServer();
    const config = { name: "KV_lupine", subjects: ["$KV.lupine.>"], discard: "new", max_msgs_per_subject: 1 };
    await jetStream(server, "STREAM.CREATE.KV_lupine", { ...config, storage: "file", max_bytes: 5_000 });
    await using here = await openDirectory(urlOf(server));
    const addresses = [`tcp://${`${"l".repeat(50)}.`.repeat(4)}org:1`, `udp://${`${"m".repeat(50)}.`.repeat(4)}org:1`];
    const announced: string[] = [];
    const fill = async (): Promise<void> => {
      for (let at = 0; at < 20; at++) {
        await announce(here, "/a", entry(`server-${at}`, { addresses }), 1_000);
        announced.push(`server-${at}`);
      }
    };
    await assert.rejects(fill(), refused(/is full: maximum bytes exceeded/));
    assert.ok(announced.length > 2, `${announced.length}`);
    await leaseEndsElsewhere(2_000);
    await untilFound(here, "/a", announced);
  });

  test("a bucket that forgets sooner than a lease refuses that lease", async () => {
    await using server = await startNatsServer();
    const config = { name: "KV_lupine", subjects: ["$KV.lupine.>"], max_age: 2e9, duplicate_window: 1e9 };
    await jetStream(server, "STREAM.CREATE.KV_lupine", { ...config, storage: "file", max_msgs_per_subject: 1 });
    await using here = await openDirectory(urlOf(server));
    await announce(here, "/a", entry("one"), 2_000);
    const message = /keeps nothing longer than 2000 ms/;
    await assert.rejects(announce(here, "/a", entry("two"), 3_000), { code: "DIRECTORY_BAD_ENTRY", message });
  });

  test("what is dead for long is taken out by those who look", async () => {
    await using server = await startNatsServer();
    await using here = await openDirectory(urlOf(server));
    await announce(here, "/a", entry("alive"), 600);
    const withdrawn = await announce(here, "/a", entry("withdrawn"), 600);
    await withdrawn.withdraw();
    const client = await nats.connect({ servers: `127.0.0.1:${server.port}` });
    client.publish(
      "$KV.lupine.a.dead",
      '{"form":1,"lease":500,"versions":[],"addresses":["a"],"priority":0,"weight":1}',
    );
    client.publish("$KV.lupine.a.rubbish", "rubbish");
    await client.flush();
    const messages = async (): Promise<unknown> => {
      const info = (await client.request("$JS.API.STREAM.INFO.KV_lupine", "")).json();
      return (info as { state: { messages: number } }).state.messages;
    };
    assert.equal(await messages(), 4);
    await until(
      async () => {
        await sleep(50);
        await here.lookup("/a", patient);
        return (await messages()) === 2;
      },
      () => "the one that lives, and what may be somebody's, to be left",
    );
    await untilFound(here, "/a", ["alive"]);
    await client.close();
  });

  test("behind a network that swallows everything, a server leaves with its lease, and a watch keeps what it knows", async () => {
    await using server = await startNatsServer();
    await using serverSide = await startProxy(server.port);
    await using clientSide = await startProxy(server.port);
    await using direct = await openDirectory(urlOf(server));
    await using cut = await openDirectory(`nats://127.0.0.1:${serverSide.port}`);
    await using blind = await openDirectory(`nats://127.0.0.1:${clientSide.port}`);
    await announce(direct, "/a", entry("direct"), 1_000);
    await announce(cut, "/a", entry("cut"), 1_000);
    await using seen = await watch(direct, "/a");
    await using unseen = await watch(blind, "/a");
    serverSide.isSwallowing = true;
    clientSide.isSwallowing = true;
    await seen.until(["direct"]);
    await assert.rejects(blind.lookup("/a", { timeout: 300 }), { code: "DIRECTORY_UNREACHABLE" });
    await leaseEnds(urlOf(server), 2_000);
    assert.deepEqual(unseen.lists, [["cut", "direct"]]);
    serverSide.isSwallowing = false;
    clientSide.isSwallowing = false;
    await seen.until(["cut", "direct"]);
    await announce(direct, "/a", entry("last"));
    await unseen.until(["cut", "direct", "last"]);
    assert.ok(unseen.lists.every((ids) => ids.includes("direct")));
  });

  test("the record of the guide, put by anybody, is a server", async () => {
    await using server = await startNatsServer();
    await using here = await openDirectory(urlOf(server));
    const record = /^```json\n(.*)\n```$/m.exec(guide())?.[1] as string;
    const client = await nats.connect({ servers: `127.0.0.1:${server.port}` });
    await client.request("$KV.lupine.services.time.3f2a", record);
    await client.close();
    const versions = [{ program: 100_003, version: 3 }];
    const addresses = ["tcp://192.0.2.9:2049"];
    const expected = [{ id: "3f2a", versions, addresses, priority: 0, weight: 1 }];
    assert.deepEqual(await here.lookup("/services/time", patient), expected);
  });

  test("users, passwords and tokens of the URL are used, and a wrong one is refused without being shown", async () => {
    const users = `authorization { users: [{ user: "ann", password: "p@ss:word/" }] }`;
    await using server = await startNatsServer(users);
    const at = `127.0.0.1:${server.port}`;
    await using here = await openDirectory(`nats://ann:p%40ss%3Aword%2F@${at}`);
    await announce(here, "/a", entry("one"));
    assert.ok(!here.name.includes("word"), here.name);
    for (const login of ["", "ann:secret@", "bob:secret@", "secret@"]) {
      const opened = openDirectory(`nats://${login}${at}`, { timeout: 30_000 });
      await assert.rejects(opened, (error: Error & { code?: string }) => {
        assert.equal(error.code, "DIRECTORY_REFUSED");
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    }
    await using other = await startNatsServer(`authorization { token: "s3cret" }`);
    await using there = await openDirectory(`nats://s3cret@127.0.0.1:${other.port}`);
    assert.deepEqual(await there.list("/", patient), []);
  });

  test("TLS with a private authority, a client's certificate, and an nkey in a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lupine-tls-"));
    try {
      const [cert, key, seed] = ["cert.pem", "key.pem", "seed"].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
      const made = await run("openssl", [
        ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(" "),
        ...subject,
        "-keyout",
        key,
        "-out",
        cert,
      ]);
      assert.equal(made.status, 0, made.output);
      const user = nats.nkeys.createUser();
      writeFileSync(seed, `${Buffer.from(user.getSeed()).toString()}\n`);
      const tls = `tls { cert_file: "${cert}", key_file: "${key}", ca_file: "${cert}", verify: true }`;
      await using server = await startNatsServer(`${tls}\nauthorization { users: [{ nkey: ${user.getPublicKey()} }] }`);
      const files = `ca=${cert}&cert=${cert}&key=${key}`;
      await using here = await openDirectory(`nats+tls://localhost:${server.port}?${files}&nkey=${seed}`);
      await announce(here, "/a", entry("one"));
      assert.equal((await here.lookup("/a", patient)).length, 1);
      const unknown = openDirectory(`nats+tls://localhost:${server.port}?nkey=${seed}`, { timeout: 30_000 });
      await assert.rejects(unknown, { code: "DIRECTORY_UNREACHABLE", message: /certificate/ });
      await assert.rejects(
        openDirectory(`nats+tls://localhost:${server.port}?${files}`, { timeout: 30_000 }),
        refused(/the URL needs/),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("the permissions of the guide are enough, and what is missing is named", async () => {
    await using server = await startNatsServer(permissions());
    const url = (user: string): string => `nats://${user}:x@127.0.0.1:${server.port}`;
    await using admin = await openDirectory(url("admin"));
    await using service = await openDirectory(`${url("server")}?inbox=_INBOX_server`);
    await using client = await openDirectory(`${url("client")}?inbox=_INBOX_client`);
    await announce(service, "/services/time", entry("one"), 1_000);
    await using told = await watch(client, "/services/time");
    const lease = await announce(service, "/services/time", entry("two"), 1_000);
    await told.until(["one", "two"]);
    assert.deepEqual(await client.list("/services", patient), ["/services/time"]);
    assert.equal((await client.lookup("/services/time", patient)).length, 2);
    await lease.withdraw();
    await told.until(["one"]);
    await service.close();
    await told.until([]);
    assert.equal((await admin.list("/", patient)).length, 0);
    const may = /may not publish to \$KV\.lupine\.services\.time\.three; add it to its permissions/;
    await assert.rejects(announce(client, "/services/time", entry("three")), refused(may));
    await assert.rejects(openDirectory(url("nobody"), { timeout: 30_000 }), refused(/may not (publish|subscribe) to /));
  });

  test("a server dies in the middle of a hundred announcements: each is registered or has failed", async () => {
    await using server = await startNatsServer();
    await using here = await openDirectory(urlOf(server), { timeout: 1_000 });
    const ids = Array.from({ length: 100 }, (_, at) => `server-${at}`);
    const announcing = Promise.allSettled(ids.map((id) => announce(here, "/a", entry(id), 2_000)));
    await sleep(3);
    await server.kill();
    const done = await announcing;
    await server.begin();
    const registered = ids.filter((_, at) => done[at]?.status === "fulfilled");
    for (const one of done) if (one.status === "rejected") assert.equal(one.reason.code, "DIRECTORY_UNREACHABLE");
    await leaseEnds(urlOf(server), 4_000);
    await untilFound(here, "/a", registered);
  });

  test("a URL that is none says what is wrong with it", async () => {
    for (const [url, message] of [
      ["nats://", /not host or host:port/],
      ["nats://host:0", /not host or host:port/],
      ["nats://a,,b", /not host or host:port/],
      ["nats://host/a.b", /bucket/],
      ["nats://host/b/c", /write it like/],
      ["nats://host?replicas=9", /replicas is 1 to 5/],
      ["nats://host?x=1", /no option "x"/],
      ["nats://u:%zz@host", /hexadecimal/],
      ["nats+tls://host?inbox=a.*", /inbox/],
      ["nats://host?creds=/nowhere/x.creds", /cannot be read/],
    ] as const) {
      await assert.rejects(openDirectory(url), { name: "DirectoryError", code: "DIRECTORY_BAD_URL", message });
    }
  });

  test("in a cluster, the leader may die: registrations and watches go on", async () => {
    await using cluster = await startNatsCluster(3);
    const url = `${cluster.url}/services?replicas=3`;
    await using a = await openDirectory(url, { timeout: 20_000 });
    await using b = await openDirectory(url, { timeout: 20_000 });
    await using c = await openDirectory(url, { timeout: 20_000 });
    await using d = await openDirectory(url, { timeout: 20_000 });
    await announce(a, "/a", entry("one"), 1_000);
    await announce(b, "/a", entry("two"), 1_000);
    await using told = await watch(c, "/a");
    const leader = await cluster.leader("KV_services");
    leader.process.signal("SIGKILL");
    const found = await d.lookup("/a", { timeout: 30_000 });
    assert.deepEqual(
      found.map(({ id }) => id),
      ["one", "two"],
    );
    await leaseEnds(url, 2_000);
    assert.deepEqual(told.lists, [["one", "two"]]);
    await announce(d, "/a", entry("three"), 1_000);
    await told.until(["one", "three", "two"]);
    await a.close();
    await told.until(["three", "two"]);
  });
}

/** The accounts of the guide, and a user that may nothing. */
function permissions(): string {
  const accounts = /^```\n(accounts \{[^`]*)^```$/m.exec(guide())?.[1] as string;
  const nobody = '{ user: "nobody", password: "x", permissions: { publish: ["x"], subscribe: ["x"] } }';
  return accounts.replace("users: [", `users: [ ${nobody}`);
}

function guide(): string {
  return readFileSync(join(project, "docs", "guides", "directory-engines.md"), "utf8");
}
