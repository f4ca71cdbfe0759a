// The web server of the lecture, over real HTTP, while its workers are replaced and killed.
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { Agent, get, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { until } from "../support/waiting.js";
import { type RunningServer, startServer } from "./run.js";

const text = "0123456789".repeat(20_000);
const farFuture = new Date("2100-01-01T00:00:00Z");
let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "lupine-web-"));
  await writeFile(join(folder, "numbers.txt"), text);
  await writeFile(join(folder, "empty.html"), "");
  await mkdir(join(folder, "sub"));
  await writeFile(join(folder, "sub", "a <b> & c.css"), "p {}");
  await mkdir(join(folder, "50% ?#"));
  await symlink("/etc", join(folder, "outside"));
  await writeFile(join(folder, "future.txt"), "");
  await utimes(join(folder, "future.txt"), farFuture, farFuture);
  await writeFile(join(folder, "locked.txt"), text);
  await chmod(join(folder, "locked.txt"), 0);
});
after(() => rm(folder, { recursive: true, force: true }));

async function web(t: TestContext): Promise<{ server: RunningServer; port: number }> {
  const server = await startServer("web-server/server.js", ["tcp://127.0.0.1:0", folder, "2"]);
  t.after(() => server[Symbol.asyncDispose]());
  return { server, port: Number(new URL(server.address).port) };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Sends the path as it is: URL would remove dots. */
function ask(port: number, path: string, headers: Record<string, string> = {}, method = "GET", agent?: Agent) {
  return new Promise<Answer>((resolve, reject) => {
    const asking = request({ host: "127.0.0.1", port, path, method, headers, ...(agent && { agent }) }, (answer) => {
      let body = "";
      answer.setEncoding("latin1");
      answer.on("data", (chunk) => {
        body += chunk;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
      answer.on("error", reject);
    });
    asking.on("error", reject);
    asking.end();
  });
}

test("files, types, HEAD, ranges, conditions, listings, and what is refused", async (t) => {
  const { port } = await web(t);
  const whole = await ask(port, "/numbers.txt?query");
  assert.deepEqual([whole.status, whole.body, whole.headers["content-type"]], [200, text, "text/plain; charset=utf-8"]);
  const head = await ask(port, "/numbers.txt", {}, "HEAD");
  assert.deepEqual([head.status, head.headers["content-length"], head.body], [200, String(text.length), ""]);
  assert.equal((await ask(port, "/empty.html")).body, "");
  const { etag = "", "last-modified": modified = "" } = whole.headers;

  const ranges: [string, number, string][] = [
    ["bytes=0-3", 206, "0123"],
    ["bytes=199998-", 206, "89"],
    ["bytes=-2", 206, "89"],
    ["bytes=199999-300000", 206, "9"],
    ["bytes=-900000", 206, text],
    ["bytes=5-1", 200, text],
    ["bytes=0-1,4-5", 200, text],
    ["lines=1-2", 200, text],
    ["Bytes=1-2", 206, "12"],
    ["bytes=200000-", 416, "Range not satisfiable\n"],
  ];
  for (const [range, status, body] of ranges) {
    const answer = await ask(port, "/numbers.txt", { range });
    assert.deepEqual([answer.status, answer.body], [status, body], range);
  }
  assert.equal((await ask(port, "/numbers.txt", { range: "bytes=0-3" })).headers["content-range"], "bytes 0-3/200000");
  // Ranges are for GET only (RFC 9110 section 14.2).
  for (const range of ["bytes=0-3", "bytes=200000-"])
    assert.equal((await ask(port, "/numbers.txt", { range }, "HEAD")).status, 200, range);
  assert.equal((await ask(port, "/numbers.txt", { range: "bytes=0-3", "if-range": '"old"' })).status, 200);
  assert.equal((await ask(port, "/numbers.txt", { range: "bytes=0-3", "if-range": etag })).status, 206);

  const conditions: [Record<string, string>, number][] = [
    [{ "if-none-match": etag }, 304],
    [{ "if-none-match": `"x", W/${etag}` }, 304],
    [{ "if-none-match": '"x"', "if-modified-since": modified }, 200],
    [{ "if-modified-since": modified }, 304],
    [{ "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT" }, 200],
    [{ "if-modified-since": "Friday, 31-Dec-99 23:59:59 GMT" }, 200],
    [{ "if-modified-since": "Fri Dec  1 23:59:59 2090" }, 304],
    // No dates of HTTP, though JavaScript reads them (RFC 9110 section 5.6.7).
    [{ "if-modified-since": "nonsense" }, 200],
    [{ "if-modified-since": "9999" }, 200],
    [{ "if-unmodified-since": "1999" }, 200],
    [{ "if-match": '"x"' }, 412],
    [{ "if-match": "*" }, 200],
    [{ "if-unmodified-since": "Thu, 01 Jan 1970 00:00:00 GMT" }, 412],
  ];
  for (const [headers, status] of conditions)
    assert.equal((await ask(port, "/numbers.txt", headers)).status, status, JSON.stringify(headers));

  const future = await ask(port, "/future.txt");
  assert.ok(Date.parse(future.headers["last-modified"] ?? "") <= Date.parse(future.headers.date ?? ""));

  const refused: [string, number][] = [
    ...(process.getuid?.() === 0 ? [] : ([["/locked.txt", 403]] satisfies [string, number][])),
    ["/none", 404],
    ["/numbers.txt/", 404],
    ["/numbers.txt/more", 404],
    ["/../../etc/passwd", 403],
    ["/sub/../../x", 403],
    ["/%2e%2e/%2e%2e/etc/passwd", 403],
    ["/outside/passwd", 403],
    ["/%", 400],
    ["/a%00b", 400],
  ];
  for (const [path, status] of refused) assert.equal((await ask(port, path)).status, status, path);
  const posted = await ask(port, "/numbers.txt", {}, "POST");
  assert.deepEqual([posted.status, posted.headers.allow], [405, "GET, HEAD"]);

  const moved = await ask(port, "/sub");
  assert.deepEqual([moved.status, moved.headers.location], [301, "/sub/"]);
  assert.equal((await ask(port, "/50%25%20%3F%23")).headers.location, "/50%25%20%3F%23/");
  // A client that takes the server for its proxy sends the whole URL.
  assert.equal((await ask(port, `http://127.0.0.1:${port}/empty.html`)).status, 200);
  const listing = await ask(port, "/sub/");
  assert.match(listing.body, /<a href="\.\/a%20%3Cb%3E%20%26%20c\.css">a &lt;b&gt; &amp; c\.css<\/a>/);
  assert.equal((await ask(port, "/sub/a%20%3Cb%3E%20%26%20c.css")).headers["content-type"], "text/css; charset=utf-8");
});

test("a connection is kept, and a client that reads slowly gets the whole file", async (t) => {
  const { port } = await web(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const ports = new Set<number>();
  for (let i = 0; i < 3; i++) {
    agent.once("free", (socket) => ports.add(socket.localPort));
    assert.equal((await ask(port, "/numbers.txt", {}, "GET", agent)).status, 200);
  }
  assert.ok(ports.size <= 1);
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /numbers.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  let received = 0;
  for await (const chunk of socket) {
    received += (chunk as Buffer).length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(received > text.length);
});

/** Requests over `clients` connections until `isOver`. @returns the failed requests, and the good ones. */
function load(port: number, clients: number, isOver: () => boolean) {
  const counts = { good: 0, failed: 0 };
  const ended = Promise.all(
    Array.from({ length: clients }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (!isOver()) {
        await new Promise<void>((resolve) => {
          const failed = (): void => {
            counts.failed++;
            resolve();
          };
          get({ host: "127.0.0.1", port, path: "/numbers.txt", agent }, (answer) => {
            answer.resume();
            answer.on("error", failed);
            answer.on("end", () => {
              counts.good++;
              resolve();
            });
          }).on("error", failed);
        });
      }
      agent.destroy();
    }),
  );
  return { counts, ended };
}

async function workersEnded(server: RunningServer, count: number): Promise<void> {
  const ended = (): number => server.output.filter((line) => line.endsWith("has ended")).length;
  await until(
    () => ended() >= count,
    () => `the end of ${count} workers`,
  );
}

test("reloads under load fail no request; a killed worker fails only the requests that it had", async (t) => {
  const { server, port } = await web(t);
  let isOver = false;
  const clients = 8;
  const { counts, ended } = load(port, clients, () => isOver);
  for (let reload = 1; reload <= 2; reload++) {
    process.kill(server.pid, "SIGHUP");
    await workersEnded(server, reload * 2);
  }
  assert.equal(counts.failed, 0);
  assert.ok(counts.good > 0);
  const [line = ""] = server.output.filter((one) => /is ready/.test(one)).slice(-1);
  const [, pid] = /process (\d+)/.exec(line) ?? [];
  process.kill(Number(pid), "SIGKILL");
  await workersEnded(server, 5);
  const before = counts.good;
  await until(
    () => counts.good >= before + 100,
    () => "100 more requests",
  );
  isOver = true;
  await ended;
  assert.ok(counts.failed <= clients, `${counts.failed} requests failed`);
});
