import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openDirectory } from "lupine/directory";
import { project } from "../interop/harness/compile.js";
import { ending } from "../support/waiting.js";
import { dnsServerMissing, startDnsServer } from "./dns-server.js";
import { announce, entry } from "./entries.js";
import { peerSuite } from "./peer-suite.js";
import { untilFound, watch } from "./told.js";

peerSuite(dnsServerMissing(), () => {
  test("SRV records are servers, with the addresses of both protocols, the priority and the weight", async () => {
    await using server = await startDnsServer([
      "_time._tcp.services SRV 10 60 2049 a",
      "_time._udp.services SRV 10 60 2049 a",
      "_time._tcp.services SRV 20 0 4045 b.example.net.",
      "_time._udp.services SRV 20 0 4046 b.example.net.",
      "_time._tcp.services TXT program=100003 version=3,4",
      '_time._tcp.services TXT "note=other" "program=0x186A5" "version=1"',
      "_time._tcp.services TXT unrelated",
      "_time._udp.services SRV 0 5 111 c",
      "_time._tcp SRV 0 0 1 elsewhere",
    ]);
    await using directory = await openDirectory(server.url);
    const versions = [
      { program: 100_003, version: 3 },
      { program: 100_003, version: 4 },
      { program: 100_005, version: 1 },
    ];
    const a = ["tcp://a.example.org:2049", "udp://a.example.org:2049"];
    const b = ["tcp://b.example.net:4045", "udp://b.example.net:4046"];
    assert.deepEqual(await directory.lookup("/services/time"), [
      { id: "a.example.org:2049", versions, addresses: a, priority: 10, weight: 60 },
      { id: "b.example.net:4045", versions, addresses: b, priority: 20, weight: 1 },
      { id: "c.example.org:111/udp", versions: [], addresses: ["udp://c.example.org:111"], priority: 0, weight: 5 },
    ]);
    assert.deepEqual(await directory.lookup("/Services/TIME"), await directory.lookup("/services/time"));
    assert.deepEqual(await directory.lookup("/services/nothing"), []);
    assert.deepEqual(await directory.lookup("/a/b/c/time"), []);
    assert.equal((await directory.lookup("/time")).length, 1);
  });

  test("the target . is no server, the port 0 is the host's binder, and a weight of 0 is used hardly ever", async () => {
    await using server = await startDnsServer([
      "_none._tcp SRV 0 0 0 .",
      "_two._tcp SRV 0 0 0 a",
      "_two._udp SRV 0 0 0 b",
      "_mixed._tcp SRV 0 0 1 a",
      "_mixed._tcp SRV 0 3 1 b",
      "_mixed._tcp SRV 1 3 1 c",
    ]);
    await using directory = await openDirectory(server.url);
    assert.deepEqual(await directory.lookup("/none"), []);
    const addresses = (await directory.lookup("/two")).flatMap((one) => one.addresses);
    assert.deepEqual(addresses, ["tcp://a.example.org", "udp://b.example.org"]);
    const weights = (await directory.lookup("/mixed")).map(({ weight }) => weight);
    assert.deepEqual(weights, [1, 300, 3]);
  });

  test("the zone of the guide has the servers that the guide says", async () => {
    const guide = readFileSync(join(project, "docs", "guides", "directory-engines.md"), "utf8");
    const records = [...guide.matchAll(/^ +(_\S+ +(?:5 +)?(?:SRV|TXT|PTR) .*)$/gm)].map(
      ([, record]) => record as string,
    );
    assert.equal(records.length, 7);
    await using server = await startDnsServer(records);
    await using directory = await openDirectory(server.url);
    const versions = [3, 4].map((version) => ({ program: 100_003, version }));
    const a = ["tcp://a.example.org:2049", "udp://a.example.org:2049"];
    assert.deepEqual(await directory.lookup("/services/time"), [
      { id: "a.example.org:2049", versions, addresses: a, priority: 0, weight: 2 },
      { id: "b.example.org:2049", versions, addresses: ["tcp://b.example.org:2049"], priority: 0, weight: 1 },
      { id: "c.example.org:0", versions, addresses: ["tcp://c.example.org"], priority: 1, weight: 1 },
    ]);
    assert.deepEqual(await directory.list(), ["/services/time"]);
    assert.deepEqual(await directory.list("/services"), ["/services/time"]);
  });

  test("a watch tells what there is, and changes of the zone within a second", async () => {
    await using server = await startDnsServer(["_time._tcp SRV 0 1 1 a"]);
    await using directory = await openDirectory(`${server.url}?interval=200`);
    await using told = await watch(directory, "/time");
    const [a, b] = ["a.example.org:1", "b.example.org:1"] as const;
    assert.deepEqual(told.lists, [[a]]);
    await server.write(["_time._tcp SRV 0 1 1 a", "_time._tcp SRV 0 1 1 b"]);
    await told.until([a, b]);
    await server.write(["_time._tcp SRV 0 1 1 b"]);
    await told.until([b]);
    await server.write([]);
    await told.until([]);
    await server.write(["_time._tcp SRV 0 1 1 a"]);
    await told.until([a]);
    assert.deepEqual(told.lists, [[a], [a, b], [b], [], [a]]);
  });

  test("a watch keeps what it knows while DNS does not answer, and a question fails in its time", async () => {
    await using server = await startDnsServer(["_time._tcp SRV 0 1 1 a"]);
    await using directory = await openDirectory(`${server.url}?interval=100`);
    await using told = await watch(directory, "/time");
    await server.process.freeze();
    const unreachable = { name: "DirectoryError", code: "DIRECTORY_UNREACHABLE" };
    await assert.rejects(directory.lookup("/time", { timeout: 500 }), unreachable);
    // Meanwhile the watch asks several times.
    await assert.rejects(openDirectory(server.url, { timeout: 500 }), unreachable);
    server.process.signal("SIGCONT");
    await untilFound(directory, "/time", ["a.example.org:1"]);
    await server.write(["_time._tcp SRV 0 1 1 b"]);
    await told.until(["b.example.org:1"]);
    assert.deepEqual(told.lists, [["a.example.org:1"], ["b.example.org:1"]]);
  });

  test("a resolver that refuses is told apart from one that fails or is gone", async () => {
    await using server = await startDnsServer();
    const refused = { name: "DirectoryError", code: "DIRECTORY_REFUSED" };
    await assert.rejects(openDirectory(`dns://127.0.0.1:${server.port}/example.com`), refused);
    const unreachable = { name: "DirectoryError", code: "DIRECTORY_UNREACHABLE" };
    const broken = openDirectory(`dns://127.0.0.1:${server.port}/broken.example`);
    await assert.rejects(broken, { ...unreachable, message: /ESERVFAIL/ });
    server.process.signal("SIGKILL");
    await server.process.stop();
    await assert.rejects(openDirectory(server.url, { timeout: 3_000 }), unreachable);
  });

  test("two hundred SRV records, more than fit a datagram, are all found", async () => {
    const hosts = Array.from({ length: 200 }, (_, at) => `a-server-with-a-long-name-${String(at).padStart(3, "0")}`);
    await using server = await startDnsServer(hosts.map((host) => `_time._tcp SRV 0 1 2049 ${host}`));
    await using directory = await openDirectory(server.url);
    assert.deepEqual(
      (await directory.lookup("/time")).map(({ id }) => id),
      hosts.map((host) => `${host}.example.org:2049`),
    );
  });

  test("targets that are no host names are skipped", async () => {
    await using server = await startDnsServer([
      "_time._tcp SRV 0 1 1 good",
      "_time._tcp SRV 0 1 1 with\\032space",
      "_time._tcp SRV 0 1 1 with\\.dot",
      "_time._tcp SRV 0 1 1 \\255\\000\\010",
      "_time._tcp SRV 0 1 1 *",
      "_time._tcp SRV 0 1 1 under_score",
      `_time._tcp SRV 0 1 1 ${"l".repeat(63)}.${"m".repeat(63)}.${"n".repeat(63)}`,
      "_time._tcp TXT program=99999999999 version=1",
      "_time._tcp TXT program=1 version=x,-1,2",
      '_time._tcp TXT ""',
      "_time._tcp TXT \\255\\000=\\001",
    ]);
    await using directory = await openDirectory(server.url);
    const found = await directory.lookup("/time");
    for (const { id, versions } of found) {
      assert.match(id, /^[0-9a-z.:_-]{1,64}$/);
      assert.deepEqual(versions, [{ program: 1, version: 2 }]);
    }
    const ids = found.map(({ id }) => id);
    assert.ok(ids.includes("good.example.org:1") && ids.includes("under_score.example.org:1"), ids.join());
    assert.ok(!ids.some((id) => /space|\*|255/.test(id)), ids.join());
  });

  test("what the zone lists for browsers is listed; where it lists nothing, that is said", async () => {
    await using server = await startDnsServer([
      "_services._dns-sd._udp PTR _time._tcp.services",
      "_services._dns-sd._udp PTR _time._udp.services",
      "_services._dns-sd._udp PTR _print._tcp",
      "_services._dns-sd._udp PTR _x._tcp.example.com.",
      "_services._dns-sd._udp PTR www",
      "_services._dns-sd._udp.services PTR _time._tcp.services",
    ]);
    await using directory = await openDirectory(server.url);
    assert.deepEqual(await directory.list(), ["/print", "/services/time"]);
    assert.deepEqual(await directory.list("/services"), ["/services/time"]);
    await assert.rejects(directory.list("/other"), { code: "DIRECTORY_REFUSED", message: /no PTR records at / });
  });

  test("nothing can be registered, nor looked up what cannot be a name", async () => {
    await using server = await startDnsServer();
    await using directory = await openDirectory(server.url);
    const readOnly = { name: "DirectoryError", code: "DIRECTORY_READ_ONLY", message: /_time\._tcp\.a\.example\.org/ };
    await assert.rejects(announce(directory, "/a/time", entry("one")), readOnly);
    await assert.rejects(announce(directory, "/a.b", entry("one")), {
      code: "DIRECTORY_READ_ONLY",
      message: /has a dot/,
    });
    for (const path of ["/a.b", "/a.b/c", `/${"a".repeat(63)}`, `/${"a".repeat(63)}`.repeat(3)]) {
      await assert.rejects(directory.lookup(path), { code: "DIRECTORY_BAD_PATH" });
    }
  });

  test("closing is prompt, may be done twice, and ends what waits", async () => {
    await using server = await startDnsServer(["_time._tcp SRV 0 1 1 a"]);
    await using directory = await openDirectory(`${server.url}?interval=100`);
    const told = await watch(directory, "/time");
    await server.process.freeze();
    const closed = { name: "DirectoryError", code: "DIRECTORY_CLOSED" };
    const asked = assert.rejects(directory.engine.lookup("/time", { timeout: 600_000 }), closed);
    await sleep(50);
    await ending(Promise.all([directory.close(), directory.close(), asked]), "the directory to close");
    await assert.rejects(directory.engine.lookup("/time", {}), closed);
    await assert.rejects(
      directory.engine.watch("/time", () => {}, {}),
      closed,
    );
    await told[Symbol.asyncDispose]();
    assert.deepEqual(told.lists, [["a.example.org:1"]]);
  });
});
