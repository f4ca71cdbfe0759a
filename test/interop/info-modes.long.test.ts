// Every mode of `lupine info` against the same mode of Debian's rpcinfo, asked of Debian's rpcbind with a C server.
import assert from "node:assert/strict";
import { lupine } from "./harness/binders.js";
import { peerServer } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { type Ended, run, start, startDebianRpcbind } from "./harness/processes.js";
import { PEER_PROG } from "./peer.gen.js";

enterNamespace(import.meta.url);

const program = String(PEER_PROG.number);

function info(words: string): Promise<Ended> {
  return run(process.execPath, [lupine, "info", ...words.split(" ").filter(Boolean)]);
}

function rpcinfo(words: string): Promise<Ended> {
  return run("rpcinfo", words.split(" ").filter(Boolean));
}

/** The rows of a table whose first column is a number, each with its lists sorted. */
function rows({ output }: Ended): string[] {
  return output
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([first = ""]) => /^\d+$/.test(first))
    .map((cells) => cells.map((cell) => cell.split(",").sort().join(",")).join(" "))
    .sort();
}

/** rpcinfo -p leaves the name out where there is none; ours says "-". */
function withoutDash(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/ -$/, ""));
}

/** Which versions answered. */
function versions({ output }: Ended): string[] {
  return [...output.matchAll(/version (\d+) (?:ready|over \S+: answers|at \S+: answers)/g)].map(([, one = ""]) => one);
}

peerTest("lupine info tells in every mode what rpcinfo tells", ["c", "rpcbind", "namespace"], async () => {
  await using _rpcbind = await startDebianRpcbind(["-r"]);
  await using server = start(peerServer(), ["tcp", "udp"]);
  await server.printed(/ready/);

  for (const host of ["127.0.0.1", "::1"]) {
    assert.deepEqual(rows(await info(host)), rows(await rpcinfo(host)), `info ${host}`);
    assert.deepEqual(rows(await info(`-s ${host}`)), rows(await rpcinfo(`-s ${host}`)), `-s ${host}`);
    assert.deepEqual(withoutDash(rows(await info(`-p ${host}`))), rows(await rpcinfo(`-p ${host}`)), `-p ${host}`);
  }
  assert.equal(rows(await info("127.0.0.1")).length, 12 + 8);

  for (const words of [
    `-t 127.0.0.1 ${program}`,
    `-u 127.0.0.1 ${program}`,
    `-t 127.0.0.1 ${program} 1`,
    `-u ::1 ${program} 3`,
    `-T tcp6 ::1 ${program}`,
    `-T udp6 ::1 ${program} 1`,
    `-T tcp 127.0.0.1 100000`,
    `-t 127.0.0.1 ${program} 7`,
    "-t 127.0.0.1 300111",
  ]) {
    const [ours, theirs] = [await info(words), await rpcinfo(words)];
    assert.deepEqual(versions(ours), versions(theirs), words);
    assert.equal(ours.status === 0, theirs.status === 0, `${words}: ${ours.status} ${theirs.status}`);
  }

  const [, , , universal = ""] =
    rows(await rpcinfo("127.0.0.1"))
      .find((row) => row.startsWith(`${program} 1 tcp `))
      ?.split(" ") ?? [];
  const port = universal
    .split(".")
    .slice(-2)
    .map(Number)
    .reduce((high, low) => high * 256 + low);
  const at = universal.replace(/^0\.0\.0\.0/, "127.0.0.1");
  for (const words of [`-a ${at} -T tcp ${program}`, `-a ${at} -T tcp ${program} 3`]) {
    assert.deepEqual(versions(await info(words)), versions(await rpcinfo(words)), words);
  }
  // Debian's takes -n and ignores it; ours asks no binder then.
  assert.deepEqual(versions(await info(`-t -n ${port} 127.0.0.1 ${program} --rpcbind 127.0.0.1:9`)), ["1", "3"]);

  const addresses = ({ output }: Ended): string[] => {
    return [...output.matchAll(/(?:127\.0\.0\.1|0\.0\.0\.0|::1?)\.\d+\.\d+/g)].map(([one]) => one).sort();
  };
  for (const words of [`-l 127.0.0.1 ${program} 1`, `-l ::1 ${program} 3`]) {
    const [ours, theirs] = [addresses(await info(words)), addresses(await rpcinfo(words))];
    assert.deepEqual(ours, theirs, words);
    assert.equal(ours.length, 2, words);
  }
});

interface Counts {
  readonly version: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly set: number;
  readonly unset: number;
}

peerTest(
  "lupine info -m counts what rpcinfo -m counts, and -d removes what it removes",
  ["c", "rpcbind", "namespace"],
  async () => {
    await using _rpcbind = await startDebianRpcbind();
    await using server = start(peerServer(), ["tcp", "udp"]);
    await server.printed(/ready/);
    const theirs = (await rpcinfo("-m 127.0.0.1")).output;
    const [, set = "", unset = ""] =
      /RPCBIND \(version 3\)[^\n]*\n[^\n]*\n\d+ +(\d+)\/\d+ +(\d+)\/\d+/.exec(theirs) ?? [];
    const counts = JSON.parse((await info("-m 127.0.0.1 --json")).output) as Counts[];
    const third = counts.find(({ version }) => version === 3);
    assert.deepEqual([third?.set, third?.unset], [Number(set), Number(unset)]);
    assert.equal(third?.calls["SET"], 8);
    assert.match((await info("-m 127.0.0.1")).output, /^version 3: 8 registered, \d+ removed$/m);

    const left = async (): Promise<number> =>
      rows(await rpcinfo("127.0.0.1")).filter((row) => row.startsWith(program)).length;
    assert.equal(await left(), 8);
    assert.equal((await info(`-d ${program} 1 --rpcbind unix:/run/rpcbind.sock`)).status, 0);
    assert.equal(await left(), 4);
    assert.equal((await rpcinfo(`-d ${program} 3`)).status, 0);
    assert.equal(await left(), 0);
    // What is not there is removed already, for both.
    const again = await info(`-d ${program} 1 --rpcbind unix:/run/rpcbind.sock`);
    assert.deepEqual([again.status, (await rpcinfo(`-d ${program} 1`)).status], [0, 0]);
  },
);
