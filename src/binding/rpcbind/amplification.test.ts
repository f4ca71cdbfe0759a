// What a datagram with a forged source address can make a binder send to its victim, measured in bytes.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import test from "node:test";
import { noAuth, writeAuthWords, writeCallHeader } from "../../rpc/header.js";
import type { Procedure, Program } from "../../rpc/program.js";
import { encodeAuthWords } from "../../rpc/write-auth.js";
import { turns, until } from "../../testing/waiting.test-support.js";
import { XdrWriter } from "../../xdr/writer.js";
import { startRpcbind } from "../everyday.js";
import { PMAP_VERS } from "../portmap/portmap.gen.js";
import { RPCBVERS, RPCBVERS4 } from "./rpcbind.gen.js";
import { Strangers } from "./strangers.test-support.js";

/** Transaction ids of two calls. */
const first = 1;
const later = 2;

/** A reply to a stranger is at most so many times as long as its request. */
const most = 2;

const rpcb = { r_prog: 100_000, r_vers: 4, r_netid: "", r_addr: "", r_owner: "" };
const mapping = { prog: 100_000, vers: 2, prot: 17, port: 0 };
const remote = { prog: 300_000, vers: 1, proc: 0, args: new Uint8Array() };

/** The shortest arguments of each procedure that bring the longest reply. */
const worst: readonly [Program, Readonly<Record<string, unknown>>][] = [
  [PMAP_VERS, { null: [], set: [mapping], unset: [mapping], getport: [mapping], dump: [], callit: [remote] }],
  ...([RPCBVERS, RPCBVERS4] as const).map((program): [Program, Record<string, unknown>] => [
    program,
    {
      set: [rpcb],
      unset: [rpcb],
      getaddr: [rpcb],
      dump: [],
      callit: [remote],
      bcast: [remote],
      gettime: [],
      uaddr2taddr: ["1.1.1.1.1.1"],
      taddr2uaddr: [{ maxlen: 0, buf: Uint8Array.from([10, 0, ...new Array<number>(22).fill(255)]) }],
      getversaddr: [rpcb],
      indirect: [remote],
      getaddrlist: [rpcb],
      getstat: [],
    },
  ]),
];

function datagram(program: Program, procedure: Procedure, args: unknown, xid = first): Uint8Array {
  const out = new XdrWriter();
  writeCallHeader(out, xid, program.number, program.version, procedure.number);
  writeAuthWords(out, encodeAuthWords(noAuth));
  procedure.args.encode(out, args as readonly unknown[]);
  return out.toBytes();
}

/** Bytes of the reply, or 0 if a later call is replied to first. */
async function ask(port: number, bytes: Uint8Array): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const replies = new Map<number, number>();
  socket.on("message", (reply) => replies.set(reply.readUInt32BE(0), reply.length));
  socket.send(bytes, port, "127.0.0.1");
  socket.send(datagram(RPCBVERS, RPCBVERS.procedures.gettime, [], later), port, "127.0.0.1");
  await until(
    () => replies.has(later),
    () => "the reply to the later call",
  );
  await turns();
  socket.close();
  return replies.get(first) ?? 0;
}

test(`no datagram of a stranger gets a reply more than ${most} times as long`, async () => {
  await using rpcbind = await startRpcbind({
    port: 0,
    neighbours: new Strangers(),
    rate: { burst: 1_000, perSecond: 1_000 },
    remoteCalls: true,
  });
  for (let version = 0; version < 500; version++) {
    const address = "255.255.255.255.255.255";
    rpcbind.table.put({ program: 300_000, version, netid: "udp", address, owner: "x".repeat(60) });
  }
  const { port } = rpcbind.address as { port: number };
  let highest = 0;
  for (const [program, all] of worst) {
    for (const [name, args] of Object.entries(all)) {
      const procedure = program.procedures[name];
      if (procedure === undefined) continue;
      const request = datagram(program, procedure, args);
      const ratio = (await ask(port, request)) / request.length;
      assert.ok(ratio <= most, `${program.versionName} ${name}: ${ratio}`);
      highest = Math.max(highest, ratio);
    }
  }
  assert.ok(highest > 0.5, "something is answered");
});

test("a stranger that floods gets no more answers than its rate", async () => {
  const events: string[] = [];
  // An hour of this test would earn no further call.
  const rate = { burst: 20, perSecond: 0.0001 };
  const log = ({ kind }: { readonly kind: string }): void => void events.push(kind);
  await using rpcbind = await startRpcbind({ port: 0, neighbours: new Strangers(), rate, log });
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  let answers = 0;
  socket.on("message", () => answers++);
  const request = datagram(RPCBVERS, RPCBVERS.procedures.gettime, []);
  for (let i = 0; i < 200; i++) socket.send(request, (rpcbind.address as { port: number }).port, "127.0.0.1");
  await until(
    () => answers >= 20 && events.length > 0,
    () => `20 answers and a flood: ${answers} answers, ${events}`,
  );
  // The datagrams that are still in the sockets.
  await turns(500);
  socket.close();
  assert.equal(answers, 20);
  assert.deepEqual(events, ["flood"]);
});
