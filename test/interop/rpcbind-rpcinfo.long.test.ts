// Every mode of Debian's rpcinfo, against Debian's rpcbind and ours in the same run, with a C server registered in each.
import assert from "node:assert/strict";
import { lupineRpcbind } from "./harness/binders.js";
import { peerServer } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { type Running, run, start, startDebianRpcbind } from "./harness/processes.js";
import { PEER_PROG } from "./peer.gen.js";

enterNamespace(import.meta.url);

const program = String(PEER_PROG.number);
const hosts = ["127.0.0.1", "::1"];

/** Questions that every binder must answer alike. */
const questions = [
  "",
  "-s",
  ...hosts.flatMap((host) => [
    `-p ${host}`,
    `-s ${host}`,
    host,
    `-l ${host} ${program} 1`,
    `-l ${host} ${program} 3`,
    `-l ${host} ${program} 2`,
    `-t ${host} ${program}`,
    `-t ${host} ${program} 1`,
    `-t ${host} ${program} 2`,
    `-u ${host} ${program}`,
    `-u ${host} ${program} 3`,
    `-u ${host} 300111`,
  ]),
  `-T tcp 127.0.0.1 ${program}`,
  `-T udp 127.0.0.1 ${program} 3`,
  `-T tcp6 ::1 ${program}`,
  `-T udp6 ::1 ${program} 1`,
  "-T tcp 127.0.0.1 100000",
  "-T udp6 ::1 100000",
  `-b ${program} 1`,
  "-b 300111 1",
  `-d ${program} 1`,
  `-d ${program} 1`,
  "-m 127.0.0.1",
  "-s 127.0.0.1",
];

/** The C server's ports differ from run to run, and so do owners: Debian's knows fewer. */
function plain(text: string): string {
  const lines = text
    .replace(/(127\.0\.0\.1|0\.0\.0\.0|::1?)\.\d+\.\d+/g, "$1.PORT")
    .replace(/^( *\d+ +\d+ +(?:tcp|udp) +)\d+/gm, "$1PORT")
    .replace(/\/\S+\.sock/g, "SOCKET")
    .replace(/ (superuser|unknown|\d+)$/gm, " OWNER")
    .replace(/(?<= )(?:(?:local|tcp6?|udp6?),)*(?:local|tcp6?|udp6?)(?= )/g, (list) => list.split(",").sort().join(","))
    .replace(/[ \t]+/g, " ")
    .split("\n");
  return lines.sort().join("\n");
}

/** GETSTAT counts what rpcinfo and the C library asked, which is the same for both. */
async function interview(binder: Running): Promise<Map<string, string>> {
  await using _binder = binder;
  await using server = start(peerServer(), ["tcp", "udp"]);
  await server.printed(/ready/);
  const answers = new Map<string, string>();
  for (const [i, question] of questions.entries()) {
    const { status, output } = await run("timeout", ["3", "rpcinfo", ...question.split(" ").filter(Boolean)]);
    answers.set(`${i} rpcinfo ${question}`, `status ${status}\n${plain(output)}`);
  }
  return answers;
}

peerTest(
  "every mode of rpcinfo prints the same of our rpcbind as of Debian's",
  ["c", "rpcbind", "namespace"],
  async () => {
    const expected = await interview(await startDebianRpcbind(["-r"]));
    const actual = await interview(await lupineRpcbind(["--remote-calls"]));
    for (const [question, answer] of expected) assert.equal(actual.get(question), answer, question);
  },
);

peerTest("root removes a version of our rpcbind from itself, as of Debian's", ["rpcbind", "namespace"], async () => {
  for (const begin of [startDebianRpcbind, lupineRpcbind]) {
    await using _rpcbind = await begin();
    assert.equal((await run("rpcinfo", ["-d", "100000", "3"])).status, 0, begin.name);
    const { output } = await run("rpcinfo", ["-p", "127.0.0.1"]);
    assert.doesNotMatch(output, /^ *100000 +3 /m, begin.name);
    assert.match(output, /^ *100000 +4 /m, begin.name);
  }
});
