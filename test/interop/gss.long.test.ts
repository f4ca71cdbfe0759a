// RPCSEC_GSS with a real realm: C programs of libtirpc, kadmind, and our two ends.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { createClient, formatAddress, type Implementation, type RpcError, Server } from "lupine";
import { loadInterface } from "lupine/dynamic";
import { acceptGss, authGss, type ClientAuth, krb5 } from "lupine/gss";
import { lupine } from "./harness/binders.js";
import { gssClient, gssServer, project } from "./harness/compile.js";
import { asIs, startGanesha } from "./harness/debian-servers.js";
import { administer, type Realm, realm, startRealm } from "./harness/kdc.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run, start, startDebianRpcbind } from "./harness/processes.js";
import { KADMVERS } from "./kadm5.gen.js";
import { PEER_V1 } from "./peer.gen.js";

enterNamespace(import.meta.url);

const service = "nfs@localhost";
const protections = ["none", "integrity", "privacy"] as const;
const types = ["aes256-cts", "aes128-cts", "aes256-sha2", "aes128-sha2", "camellia256-cts"];

/** Tells callers who they are, and how their calls came. */
function ownService(
  options: Parameters<typeof acceptGss>[0] = {},
  more: Partial<Implementation<typeof PEER_V1.procedures>> = {},
): Server {
  return new Server({ auth: [acceptGss(options)] }).implement(PEER_V1, {
    add: ({ a, b }) => (a + b) | 0,
    echo: (bytes) => bytes,
    fill: (size) => new Uint8Array(size),
    whoAmI: ({ identity: { flavor, gss, principal } }) => {
      return { flavor, machine: `${principal} ${gss?.protection}`, uid: 0, gid: 0, gids: [] };
    },
    ...more,
  });
}

for (const protocol of ["tcp", "udp"] as const) {
  peerTest(`C clients are proved by Kerberos over ${protocol}, with every protection`, needs(), async () => {
    await using ours = await startRealm();
    ours.login("alice");
    await using server = ownService();
    await server.listen(`${protocol}://127.0.0.1:2001`);
    for (const protection of protections) {
      const calls = ["null", "add:1,2", "echo:0", "echo:1", "echo:8000", "whoami"];
      const { output } = await run(gssClient(), [protocol, "2001", service, protection, ...calls]);
      const who = `whoami flavor=6 alice@${realm} ${protection}\n`;
      assert.equal(output, `null ok\nadd 3\necho 0 same\necho 1 same\necho 8000 same\n${who}`);
    }
  });

  peerTest(`our client is proved to a C server over ${protocol}, with every protection`, needs(), async () => {
    await using ours = await startRealm();
    ours.login("alice");
    await using server = start(gssServer(), [protocol, "2001", service]);
    await server.printed(/ready/);
    for (const [at, protection] of protections.entries()) {
      const auth = authGss({ service, protection });
      await using client = createClient(PEER_V1, `${protocol}://127.0.0.1:2001`, { auth, timeout: 30_000 });
      assert.equal(await client.add({ a: 1, b: 2 }), 3);
      for (const size of [0, 1, 2, 3, 8_000]) {
        const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7);
        assert.deepEqual(await client.echo(bytes), bytes);
      }
      const sums = await Promise.all(Array.from({ length: 50 }, (_, i) => client.add({ a: i, b: i })));
      assert.deepEqual(
        sums,
        Array.from({ length: 50 }, (_, i) => 2 * i),
      );
      const { flavor, uid } = await client.whoAmI();
      assert.deepEqual({ flavor, uid }, { flavor: 6, uid: at + 1 });
    }
  });
}

peerTest("every encryption type works both ways, in TypeScript and by the library", needs(), async () => {
  for (const type of types) {
    await using ours = await startRealm(type);
    ours.login("alice");
    for (const byLibrary of [false, true]) {
      await using server = ownService({ mechanism: krb5({ byLibrary }) });
      const { address } = await server.listen("tcp://127.0.0.1:0");
      for (const [protection, other] of protections.flatMap((one) => [[one, false] as const, [one, true] as const])) {
        const auth = authGss({ service, protection, mechanism: krb5({ byLibrary: other }) });
        await using client = createClient(PEER_V1, address, { auth });
        const bytes = Uint8Array.from({ length: 1_000 }, (_, i) => i);
        assert.deepEqual(await client.echo(bytes), bytes, `${type} ${protection} ${byLibrary} ${other}`);
        assert.equal((await client.whoAmI()).machine, `alice@${realm} ${protection}`);
      }
    }
  }
});

// libtirpc cannot protect a message of more than 64 KiB, so the other end is MIT's library.
peerTest("a megabyte is encrypted both ways", needs(), async () => {
  await using ours = await startRealm();
  ours.login("alice");
  const bytes = Uint8Array.from({ length: 1_048_576 }, (_, i) => i * 31);
  for (const byLibrary of [false, true]) {
    await using server = ownService({ protection: "privacy", mechanism: krb5({ byLibrary }) });
    const { address } = await server.listen("tcp://127.0.0.1:0");
    const auth = authGss({ service, protection: "privacy", mechanism: krb5({ byLibrary: !byLibrary }) });
    await using client = createClient(PEER_V1, address, { auth });
    assert.deepEqual(await client.echo(bytes), bytes);
  }
});

peerTest("a message that is too long for a datagram is refused clearly, and did not run", needs(), async () => {
  await using ours = await startRealm();
  ours.login("alice");
  await using server = ownService();
  await server.listen("udp://127.0.0.1:2001");
  const auth = authGss({ service, protection: "privacy" });
  await using client = createClient(PEER_V1, "udp://127.0.0.1:2001", { auth });
  const error = { code: "RPC_CANT_ENCODE_ARGS", mayHaveRun: false, message: /do not fit this transport/ };
  await assert.rejects(client.echo(new Uint8Array(262_144)), error);
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
});

peerTest("without a ticket the error says what to do, and the next call works once there is one", needs(), async () => {
  await using ours = await startRealm();
  await using server = ownService();
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createClient(PEER_V1, address, { auth: authGss({ service }) });
  const noTicket = {
    code: "RPC_GSS_FAILED",
    mayHaveRun: false,
    message: /No credentials were supplied.*get a ticket: kinit/,
  };
  await assert.rejects(client.add({ a: 1, b: 2 }), noTicket);
  ours.login("alice");
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
  const strange = createClient(PEER_V1, address, { auth: authGss({ service: "other@localhost" }) });
  await assert.rejects(strange.add({ a: 1, b: 2 }), { message: /Server .*not found.*klist -k/ });
  await ours.stop();
  const unreached = createClient(PEER_V1, address, { auth: authGss({ service: "add@localhost" }) });
  await assert.rejects(unreached.add({ a: 1, b: 2 }), {
    code: "RPC_GSS_FAILED",
    message: /Cannot contact any KDC for realm 'LUPINE\.TEST'.*is the key distribution centre running.*krb5\.conf/,
  });
});

peerTest("DNS cannot lead to another service of the realm, as far as MIT's library believes it", needs(), async () => {
  await using ours = await startRealm();
  ours.login("alice");
  administer("addprinc -randkey add/other.test");
  administer(`ktadd -k ${join(ours.folder, "other")} add/other.test`);
  await configure(ours, (text) => text.replace(/ (rdns|dns_canonicalize_hostname) = false\n/g, ""));
  await writeFile(join(ours.folder, "hosts"), "127.0.0.1 other.test asked.test\n127.0.0.1 localhost\n");
  await run("mount", ["--bind", join(ours.folder, "hosts"), "/etc/hosts"]);
  await using server = ownService({ keytab: join(ours.folder, "other") });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const called = async (name: string, delegate = false) => {
    const auth = authGss({ service: name, mechanism: krb5({ delegate }) });
    await using client = createClient(PEER_V1, address, { auth });
    return (await client.whoAmI()).machine;
  };
  const refused = {
    code: "RPC_GSS_FAILED",
    mayHaveRun: false,
    message: /DNS says that asked\.test is other\.test, and can be forged.*"add@other\.test"/,
  };
  try {
    for (const delegate of [false, true]) await assert.rejects(called("add@asked.test", delegate), refused);
    assert.equal(await called("add@other.test"), `alice@${realm} integrity`);
    assert.equal(await called(`add/other.test@${realm}`), `alice@${realm} integrity`);
  } finally {
    await run("umount", ["/etc/hosts"]);
  }
});

peerTest("a call gets its reply although its context gave way meanwhile", needs(), async () => {
  await using ours = await startRealm();
  ours.login("alice");
  for (const byLibrary of [false, true]) {
    const mechanism = krb5({ byLibrary });
    const begun = promised();
    const end = promised();
    await using server = ownService(
      { mechanism, limits: { contextsPerPrincipal: 1 } },
      {
        async echo(bytes) {
          begun.resolve();
          await end.wait;
          return bytes;
        },
      },
    );
    const { address } = await server.listen("tcp://127.0.0.1:0");
    const auth = authGss({ service, mechanism });
    await using one = createClient(PEER_V1, address, { auth });
    await using other = createClient(PEER_V1, address, { auth });
    const outcome = one.echo(Uint8Array.of(1, 2));
    await begun.wait;
    assert.equal(await other.add({ a: 1, b: 2 }), 3);
    end.resolve();
    assert.deepEqual(await outcome, Uint8Array.of(1, 2));
    assert.equal(await one.add({ a: 1, b: 2 }), 3);
  }
});

peerTest("a thread that is terminated in the middle of a context does not end the process", needs(), async () => {
  await using ours = await startRealm();
  ours.login("alice");
  await using server = ownService();
  const { address } = await server.listen("tcp://127.0.0.1:0");
  for (let round = 0; round < 20; round++) {
    const workerData = { target: formatAddress(address), service, byLibrary: round % 2 === 0 };
    const thread = new Worker(new URL("harness/gss-caller.js", import.meta.url), { workerData });
    await once(thread, "message");
    // Each round at another moment: the thread makes one context after another.
    for (let turn = 0; turn < round; turn++) await new Promise((resolve) => setImmediate(resolve));
    await thread.terminate();
  }
  await using client = createClient(PEER_V1, address, { auth: authGss({ service }) });
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
});

peerTest("a server without the service's key says so, and the caller is told", needs(), async () => {
  await using ours = await startRealm();
  ours.login("alice");
  const refused: Error[] = [];
  await using server = ownService({
    keytab: join(ours.folder, "none"),
    onRefused: (error) => void refused.push(error),
  });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createClient(PEER_V1, address, { auth: authGss({ service }) });
  await assert.rejects(client.add({ a: 1, b: 2 }), (error: RpcError) => {
    assert.match(error.message, /the server refuses the context/);
    return error.code === "RPC_GSS_FAILED" && !error.mayHaveRun;
  });
  assert.match(String(refused[0]), /keytab|key table/i);
});

peerTest("a server acts for a caller that gives its tickets on, and for no other", needs(), async () => {
  await using ours = await startRealm();
  ours.login("alice");
  await using behind = ownService();
  await behind.listen("tcp://127.0.0.1:2002");
  const caches: unknown[] = [];
  const keep = krb5({ delegatedCache: (principal) => `FILE:${join(ours.folder, encodeURIComponent(principal))}` });
  await using front = ownService(
    { mechanism: keep },
    {
      async whoAmI({ identity: { gss } }) {
        caches.push(gss?.delegatedCache);
        const mechanism = krb5({ cache: gss?.delegatedCache ?? "FILE:/nowhere" });
        await using next = createClient(PEER_V1, "tcp://127.0.0.1:2002", { auth: authGss({ service, mechanism }) });
        return next.whoAmI();
      },
    },
  );
  await front.listen("tcp://127.0.0.1:2003");
  const call = async (delegate: boolean) => {
    const auth = authGss({ service, mechanism: krb5({ delegate }) });
    await using client = createClient(PEER_V1, "tcp://127.0.0.1:2003", { auth });
    return (await client.whoAmI()).machine;
  };
  assert.equal(await call(true), `alice@${realm} integrity`);
  await assert.rejects(call(false), { code: "RPC_SYSTEM_ERR" });
  const cache = join(ours.folder, `alice%40${realm}`);
  assert.deepEqual(caches, [`FILE:${cache}`, undefined]);
  assert.equal((await stat(cache)).mode & 0o777, 0o600);
  const nameless = krb5({ delegatedCache: (() => undefined) as never });
  await using careless = ownService({ mechanism: nameless });
  await careless.listen("tcp://127.0.0.1:2004");
  const auth = authGss({ service, mechanism: krb5({ delegate: true }) });
  await using client = createClient(PEER_V1, "tcp://127.0.0.1:2004", { auth });
  await assert.rejects(client.whoAmI(), { code: "RPC_GSS_FAILED", mayHaveRun: false });
});

peerTest("a key distribution centre that hangs stops neither servers nor callers with a ticket", needs(), async () => {
  await using ours = await startRealm();
  const other = ours.login("alice", join(ours.folder, "other"));
  ours.login("alice");
  await using server = ownService();
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const called = async (timeout?: number, mechanism = krb5()) => {
    const auth = authGss({ service, mechanism });
    await using client = createClient(PEER_V1, address, { auth, ...(timeout !== undefined && { timeout }) });
    return client.add({ a: 1, b: 2 });
  };
  assert.equal(await called(), 3);
  await using _silent = await startSilentServer(10_998);
  const configuration = await readFile(join(ours.folder, "krb5.conf"), "utf8");
  const hung = join(ours.folder, "hung.conf");
  await writeFile(hung, configuration.replace("127.0.0.1:10088", "127.0.0.1:10998"));
  process.env["KRB5_CONFIG"] = hung;
  const late = {
    code: "RPC_TIMEOUT",
    mayHaveRun: false,
    message: /waits for a key distribution centre: is it running/,
  };
  const hanging = Array.from({ length: 6 }, () => called(500, krb5({ cache: other })));
  await Promise.all(hanging.map((call) => assert.rejects(call, late)));
  assert.deepEqual(await Promise.all([called(), called()]), [3, 3]);
});

peerTest("kadmind lists its principals to our client, encrypted", needs(), async () => {
  await using ours = await startRealm();
  const cache = ours.login("admin/admin", join(ours.folder, "admin"), "kadmin/admin");
  const mechanism = krb5({ cache });
  const auth = authGss({ service: `kadmin/admin@${realm}`, protection: "privacy", mechanism });
  await using client = createClient(KADMVERS, "tcp://127.0.0.1:10749", { auth });
  const version = 0x1234_5704;
  assert.equal((await client.init(version)).code, 0);
  const { code, names } = await client.getPrincs({ api_version: version, pattern: Buffer.from("*\0") });
  assert.equal(code, 0);
  const texts = names.map((name: Uint8Array) => Buffer.from(name).toString().replace(/\0$/, ""));
  assert.ok(texts.includes(`alice@${realm}`) && texts.includes(`nfs/localhost@${realm}`), texts.join(" "));
});

peerTest("nfs-ganesha answers our client, encrypted", [...needs(), "nfs", "rpcbind"], async () => {
  await using ours = await startRealm();
  ours.login("alice");
  await using _rpcbind = await startDebianRpcbind();
  await using ganesha = await startGanesha(asIs, join(ours.folder, "keytab"));
  for (const protection of protections) {
    const auth = authGss({ service: `nfs@${hostname().toLowerCase()}`, protection });
    await using mounting = await loaded("mount.x", auth);
    await using files = await loaded("nfs.x", auth);
    const mounted = await mounting.mnt("/lupine");
    assert.equal(mounted.fhs_status, 0, ganesha.output());
    const handle = { data: mounted.mountinfo.fhandle };
    assert.equal((await files.getattr({ object: handle })).status, 0);
  }
});

peerTest("lupine call --sec calls a C server", needs(), async () => {
  await using ours = await startRealm();
  ours.login("alice");
  await using server = start(gssServer(), ["tcp", "2001", service]);
  await server.printed(/ready/);
  for (const sec of ["krb5", "krb5i", "krb5p"]) {
    const args = ["call", "--sec", sec, "--service", service, "test/interop/peer.x"];
    const call = ["tcp://127.0.0.1:2001", "add", '{"a":1,"b":2}'];
    const { output, status } = await run(process.execPath, [lupine, ...args, ...call]);
    assert.deepEqual([output, status], ["3\n", 0]);
  }
  const named = ["call", "--sec", "krb5p", "--service", "nfs", "test/interop/peer.x"];
  const call = ["tcp://localhost:2001", "add", '{"a":1,"b":2}'];
  assert.equal((await run(process.execPath, [lupine, ...named, ...call])).output, "3\n");
});

/** A client of the only version of an interface file. */
// biome-ignore lint/suspicious/noExplicitAny: nothing is known of the interface when this file is compiled
async function loaded(file: string, auth: ClientAuth): Promise<any> {
  const text = await readFile(join(project, "test", "interop", "nfs", file), "utf8");
  const version = loadInterface(text, { file }).programs[0]?.versions[0];
  assert.ok(version !== undefined);
  return createClient(version, "127.0.0.1", { auth, timeout: 30_000 });
}

/** Takes what a caller of a key distribution centre sends, and never answers. */
async function startSilentServer(port: number): Promise<AsyncDisposable> {
  const datagrams = createSocket("udp4");
  const held = new Set<Socket>();
  const streams = createServer((socket) => void held.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => datagrams.bind(port, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => streams.listen(port, "127.0.0.1", resolve));
  return {
    async [Symbol.asyncDispose]() {
      datagrams.close();
      streams.close();
      for (const socket of held) socket.destroy();
    },
  };
}

/** Changes krb5.conf. */
async function configure({ folder }: Realm, change: (text: string) => string): Promise<void> {
  const file = join(folder, "krb5.conf");
  await writeFile(file, change(await readFile(file, "utf8")));
}

function promised() {
  let resolve = (): void => undefined;
  const wait = new Promise<void>((done) => {
    resolve = done;
  });
  return { wait, resolve };
}

function needs() {
  return ["c", "kerberos", "namespace"] as const;
}
