// Debian's rpcinfo cannot tell our server from a C server, nor our rpcbind from Debian's.
import assert from "node:assert/strict";
import { register, type Server } from "lupine";
import { startRpcbind } from "lupine/binding";
import { peerServer } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run, start, startDebianRpcbind, until } from "./harness/processes.js";
import { peerService } from "./harness/service.js";
import { PEER_PROG } from "./peer.gen.js";

enterNamespace(import.meta.url);

const program = String(PEER_PROG.number);
const ports = { tcp: 2001, udp: 2002 };

/** What rpcinfo prints and its exit status, for each list of arguments. */
async function ask(questions: readonly string[]): Promise<string[]> {
  const answers: string[] = [];
  for (const question of questions) {
    const { status, output } = await run("rpcinfo", question.split(" "));
    answers.push(`${question}: status ${status}\n${output}`);
  }
  return answers;
}

async function ourServer(): Promise<Server> {
  const server = peerService();
  for (const [protocol, port] of Object.entries(ports)) await server.listen(`${protocol}://127.0.0.1:${port}`);
  return server;
}

const readyLines = /version 1 ready and waiting[\s\S]*version 3 ready and waiting/;

peerTest(
  "rpcinfo -t, -u and -T find our versions as they find a C server's",
  ["c", "rpcbind", "namespace"],
  async () => {
    await using _rpcbind = await startDebianRpcbind();
    const questions = ["-t", "-u", "-T tcp", "-T udp"].flatMap((flag) => [
      `${flag} 127.0.0.1 ${program}`,
      `${flag} 127.0.0.1 ${program} 1`,
      `${flag} 127.0.0.1 ${program} 2`,
      `${flag} 127.0.0.1 ${program} 3`,
    ]);
    const expected = await (async () => {
      await using server = start(peerServer(), ["tcp", "udp"]);
      await server.printed(/ready/);
      return await ask(questions);
    })();
    // A C server leaves its entries behind when it is killed.
    for (const version of ["1", "3"]) await run("rpcinfo", ["-d", program, version]);
    await using server = await ourServer();
    await register(server);
    const actual = await ask(questions);
    assert.deepEqual(actual, expected);
    assert.match(actual[0] ?? "", readyLines);
  },
);

peerTest("rpcinfo -a asks our server at its address as it asks a C server", ["c", "rpcbind", "namespace"], async () => {
  for (const [protocol, port] of Object.entries(ports)) {
    const address = `127.0.0.1.${port >> 8}.${port & 255}`;
    const questions = [`-a ${address} -T ${protocol} ${program}`, `-a ${address} -T ${protocol} ${program} 2`];
    const expected = await (async () => {
      await using server = start(peerServer(), [protocol, String(port)]);
      await server.printed(/ready/);
      return await ask(questions);
    })();
    await using _server = await ourServer();
    const actual = await ask(questions);
    assert.deepEqual(actual, expected);
    assert.match(actual[0] ?? "", readyLines);
  }
});

peerTest("rpcinfo reads our rpcbind's registrations as it reads Debian's", ["rpcbind", "namespace"], async () => {
  const questions = [
    "-p 127.0.0.1",
    "-s 127.0.0.1",
    "127.0.0.1",
    `-l 127.0.0.1 ${program} 1`,
    `-l 127.0.0.1 ${program} 2`,
  ];
  const registered = async () => {
    await using server = await ourServer();
    await register(server);
    return (await ask([...questions, `-t 127.0.0.1 ${program}`, `-u 127.0.0.1 ${program}`])).map(aboutOurProgram);
  };
  const expected = await (async () => {
    await using _rpcbind = await startDebianRpcbind();
    return await registered();
  })();
  await using _rpcbind = await startRpcbind({ unixPath: "/run/rpcbind.sock" });
  const actual = await registered();
  assert.deepEqual(actual, expected);
  assert.match(actual[0] ?? "", /1 +tcp +2001[\s\S]*1 +udp +2002/);
});

peerTest("our server is found again after Debian's rpcbind was restarted", ["rpcbind", "namespace"], async () => {
  const renewed: string[] = [];
  await using server = await ourServer();
  {
    await using _rpcbind = await startDebianRpcbind();
    await register(server, { onRenewed: ({ binder }) => renewed.push(binder) });
  }
  await using _rpcbind = await startDebianRpcbind();
  await until(
    async () => ((await run("rpcinfo", ["-t", "127.0.0.1", program, "1"])).status === 0 ? true : undefined),
    () => "the server to register again",
  );
  assert.match((await run("rpcinfo", ["-s", "127.0.0.1"])).output, new RegExp(`${program} +[13],[13] +`));
  await until(
    () => renewed.at(-1) === "rpcbind at unix:/run/rpcbind.sock" || undefined,
    () => `the renewal to be reported: ${renewed}`,
  );
  await server.close();
  assert.doesNotMatch((await run("rpcinfo", ["-s", "127.0.0.1"])).output, new RegExp(program));
});

peerTest("rpcinfo finds our rpcbind itself, in every version", ["rpcbind", "namespace"], async () => {
  await using _rpcbind = await startRpcbind({ unixPath: "/run/rpcbind.sock" });
  for (const flag of ["-t", "-u", "-T tcp", "-T udp"]) {
    const [answer] = await ask([`${flag} 127.0.0.1 100000`]);
    assert.match(answer ?? "", /status 0[\s\S]*version 2 ready[\s\S]*version 3 ready[\s\S]*version 4 ready/);
  }
  const [ports] = await ask(["-p 127.0.0.1"]);
  for (const version of [2, 3, 4]) {
    for (const netid of ["tcp", "udp"])
      assert.match(ports ?? "", new RegExp(`100000 +${version} +${netid} +111 +portmapper`));
  }
});

// What is said about rpcbind itself differs: ours listens on fewer addresses. The order of entries is the binder's own.
function aboutOurProgram(answer: string): string {
  const lines = answer.split("\n").filter((line) => !/^ *100000 /.test(line));
  return lines.sort().join("\n");
}
