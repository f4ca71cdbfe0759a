// A machine full of C servers, with our rpcbind and with Debian's in the same run: nfs-ganesha, statd, rusersd, rstatd
// and an rpcgen'd server register, and every client finds the same. Through /run/rpcbind.sock, and without it.
import assert from "node:assert/strict";
import { lupineRpcbind } from "./harness/binders.js";
import { peerClient, peerServer } from "./harness/compile.js";
import { asIs, startDaemons, startGanesha, startStatd, type Wrap, withoutSocket } from "./harness/debian-servers.js";
import { calls } from "./harness/expected.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { type Running, run, start, startDebianRpcbind, until } from "./harness/processes.js";
import { PEER_PROG } from "./peer.gen.js";

enterNamespace(import.meta.url);

const program = String(PEER_PROG.number);
const services = ["nfs", "mountd", "nlockmgr", "rquotad", "status", "rusersd", program];

/** While everything runs. */
const questions: readonly (readonly string[])[] = [
  ["rpcinfo"],
  ["rpcinfo", "-s"],
  ["rpcinfo", "-p"],
  ...["127.0.0.1", "::1"].flatMap((host) => [
    ["rpcinfo", host],
    ["rpcinfo", "-s", host],
    ["rpcinfo", "-p", host],
    ["rpcinfo", "-l", host, "100003", "3"],
    ["rpcinfo", "-l", host, "100024", "1"],
    ...services.map((service) => ["rpcinfo", "-t", host, service]),
    ...services.map((service) => ["rpcinfo", "-u", host, service]),
  ]),
  // It answers a call a second: asked for its versions one after the other it is too slow for rpcinfo.
  ["rpcinfo", "-u", "127.0.0.1", "rstatd", "3"],
  ["rpcinfo", "-T", "tcp6", "::1", "nfs", "3"],
  ["rpcinfo", "-T", "udp6", "::1", "mountd", "3"],
  ["showmount", "-e", "127.0.0.1"],
  ["showmount", "-a", "127.0.0.1"],
  ["showmount", "-d", "localhost"],
  ["rusers", "127.0.0.1"],
];

/** Ports differ from run to run, owners are better known to ours, and the order of entries is a binder's own. */
function plain(text: string): string {
  return text
    .replace(/(127\.0\.0\.1|0\.0\.0\.0|::1?)\.\d+\.\d+/g, "$1.PORT")
    .replace(/^( *\d+ +\d+ +(?:tcp|udp) +)\d+(?![.\d])/gm, "$1PORT")
    .replace(/\/\S+\.sock/g, "SOCKET")
    .replace(/ (superuser|unknown|\d+)$/gm, " OWNER")
    .replace(/(?<= )(?:(?:local|tcp6?|udp6?),)*(?:local|tcp6?|udp6?)(?= )/g, (list) => list.split(",").sort().join(","))
    .replace(/[ \t]+/g, " ")
    .split("\n")
    .sort()
    .join("\n");
}

/** SET and UNSET calls of one version that succeeded, as GETSTAT counts them. */
async function counted(version: 3 | 4, wrap: Wrap): Promise<string> {
  const { output } = await run(...wrap("rpcinfo", "-m", "127.0.0.1"));
  const row = new RegExp(`version ${version}\\) statistics\\n.*\\n\\d+ +(\\d+)/(\\d+) +(\\d+)/(\\d+)`).exec(output);
  return `${row?.[1]} of ${row?.[2]} SET, ${row?.[3]} of ${row?.[4]} UNSET`;
}

/** Ours removes what is left of servers that were killed; Debian's keeps it. */
async function untilNothingIsListed(wrap: Wrap): Promise<string[]> {
  let left: string[] = [];
  await until(
    async () => {
      left = await listed(wrap);
      return left.length === 0 || undefined;
    },
    () => `dead servers to be removed: ${left}`,
  );
  return left;
}

interface Interview {
  /** What ganesha alone had done when it was ready. */
  readonly ganesha: string;
  readonly answers: ReadonlyMap<string, string>;
  /** The services that were listed, besides the binder itself, when all servers had ended. */
  readonly left: readonly string[];
}

/** The names of the services that a binder lists, besides itself. */
async function listed(wrap: Wrap): Promise<string[]> {
  const { output } = await run(...wrap("rpcinfo", "-s", "127.0.0.1"));
  const rows = output.split("\n").map((line) => line.trim().split(/ +/));
  return rows.filter(([number = ""]) => /^\d+$/.test(number) && number !== "100000").map((row) => row[3] ?? "");
}

async function interview(binder: Running, wrap: Wrap, isPatient = false): Promise<Interview> {
  await using _binder = binder;
  const answers = new Map<string, string>();
  const ask = async (words: readonly string[]): Promise<void> => {
    const [command = "", ...args] = words;
    const { status, output } = await run(...wrap("timeout", "8", command, ...args));
    answers.set(`${answers.size} ${words.join(" ")}`, `status ${status}\n${plain(output)}`);
  };
  const ganesha = await startGanesha(wrap);
  const sets = await counted(wrap === asIs ? 3 : 4, wrap);
  {
    await using _ganesha = ganesha;
    await using _statd = await startStatd(wrap);
    await using _daemons = await startDaemons(wrap);
    await using _peer = start(...wrap(peerServer(), "tcp", "udp"));
    await _peer.printed(/ready/);
    for (const question of questions) await ask(question);
    for (const transport of ["tcp", "udp"]) await ask([peerClient(), transport, "127.0.0.1", "none", "0", ...calls]);
  }
  return { ganesha: sets, answers, left: isPatient ? await untilNothingIsListed(wrap) : await listed(wrap) };
}

const ways: readonly (readonly [string, Wrap])[] = [
  ["through the Unix socket", asIs],
  ["over [::1] where there is no Unix socket", withoutSocket],
];

for (const [way, wrap] of ways) {
  peerTest(
    `nfs-ganesha, statd, rusersd, rstatd and rpcgen's servers are found with our rpcbind as with Debian's, ${way}`,
    ["c", "rpcbind", "rusers", "nfs", "namespace"],
    async () => {
      const expected = await interview(await startDebianRpcbind(), wrap);
      const actual = await interview(await lupineRpcbind(), wrap, true);
      assert.equal(actual.ganesha, "28 of 28 SET, 44 of 44 UNSET");
      assert.equal(actual.ganesha, expected.ganesha);
      for (const [question, answer] of expected.answers) assert.equal(actual.answers.get(question), answer, question);
      // Those that ended in good order have taken back what was theirs; rusersd, rstatd and the peer were killed.
      assert.deepEqual(expected.left.toSorted(), ["-", "rstatd", "rusersd"]);
      assert.deepEqual(actual.left, []);
      const all = [...actual.answers.values()].join("\n");
      assert.match(all, /\/lupine \(everyone\)/);
      for (const service of [...services, "rstatd"]) assert.match(all, new RegExp(`\\b${service}\\b`));
    },
  );
}
