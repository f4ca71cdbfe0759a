// A made-up flavour whose contexts are made and given back by calls, as those of RPCSEC_GSS are (RFC 2203 section 5.2).
import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer, type PeerOptions } from "../peer/peer.js";
import { adder, adding, call } from "../rpc/adder.test-support.js";
import { type Admission, AuthStat, type BodyWriter, type OpaqueAuth, type ServerAuth } from "../rpc/auth.js";
import type { Channel, ClientAuth } from "../rpc/call.js";
import { noAuth } from "../rpc/header.js";
import type { Program } from "../rpc/program.js";
import { writeAuth } from "../rpc/write-auth.js";
import { FakeClock } from "../testing/index.js";
import { ending, turns, until } from "../testing/waiting.test-support.js";
import { memoryPair } from "../transport/memory.js";
import { noArguments } from "../xdr/arguments.js";
import { unsignedInt, voidType } from "../xdr/primitives.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import { Server } from "./server.js";

const flavor = 300_000;
const control = { init: 1, data: 2, destroy: 3 } as const;

/** Sends one credential: the control word and the number of a context. */
function credential(kind: number, context: number): ClientAuth {
  return {
    flavor,
    seal(out: XdrWriter, _start: number, writeArguments: BodyWriter): undefined {
      writeAuth(out, { flavor, body: Uint8Array.of(kind, context) });
      writeAuth(out, noAuth);
      writeArguments(out);
    },
    open: (_verifier: OpaqueAuth, from: XdrReader) => from,
  };
}

const init = { name: "INIT", number: 0, args: noArguments, result: unsignedInt };
const destroy = { name: "DESTROY", number: 0, args: noArguments, result: voidType };

/** The client's side: state of one connection. */
class Context implements ClientAuth {
  readonly flavor = flavor;
  readonly log: string[];
  #number = 0;
  #program: Program | undefined;

  constructor(log: string[]) {
    this.log = log;
  }

  forConnection(): ClientAuth {
    return new Context(this.log);
  }

  async prepare(channel: Channel, program: Program): Promise<void> {
    this.#program = program;
    const options = { auth: credential(control.init, 0) };
    this.#number = (await channel.call({ program, procedure: init, args: [], options })) as number;
    this.log.push(`context ${this.#number} of ${program.name}`);
  }

  seal(out: XdrWriter, start: number, writeArguments: BodyWriter): unknown {
    return credential(control.data, this.#number).seal(out, start, writeArguments);
  }

  open(_verifier: OpaqueAuth, from: XdrReader): XdrReader {
    return from;
  }

  async refresh(why: AuthStat): Promise<boolean> {
    return why === AuthStat.RPCSEC_GSS_CTXPROBLEM;
  }

  async destroy(channel: Channel): Promise<void> {
    this.log.push(`gives back ${this.#number}`);
    const options = { auth: credential(control.destroy, this.#number) };
    await channel.call({ program: this.#program as Program, procedure: destroy, args: [], options });
  }
}

/** The server's side. */
class Contexts implements ServerAuth {
  readonly flavor = flavor;
  readonly open = new Set<number>();
  destroyAnswers = true;
  #last = 0;

  admit(_header: unknown, { body: [kind, context = 0] }: OpaqueAuth): Admission {
    if (kind === control.init) {
      const made = ++this.#last;
      this.open.add(made);
      return { kind: "answered", verifier: noAuth, writeResult: (out) => out.writeWord(made) };
    }
    if (!this.open.has(context)) return { kind: "denied", why: AuthStat.RPCSEC_GSS_CTXPROBLEM };
    if (kind === control.data) return { kind: "admitted", identity: { flavor, session: String(context) } };
    if (!this.destroyAnswers) return { kind: "dropped" };
    // Its own reply is still protected by the context (RFC 2203 section 5.4).
    return {
      kind: "answered",
      verifier: noAuth,
      writeResult: () => assert.ok(this.open.has(context)),
      afterSent: () => void this.open.delete(context),
    };
  }
}

function converse(options: PeerOptions = {}) {
  const log: string[] = [];
  const contexts = new Contexts();
  const errors: unknown[] = [];
  const server = new Server({ auth: [contexts], onError: (error) => void errors.push(error) });
  server.implement(adder, adding());
  const [near, far] = memoryPair();
  server.accept(far);
  const auth = new Context(log);
  return { peer: new Peer(near, { auth, ...options }), contexts, log, errors, server, auth };
}

const add = (peer: Peer) => call(peer, "add", [{ a: 1, b: 2 }]);

test("a context is made by a call over the connection, once, and given back when the connection closes", async () => {
  const { peer, contexts, log } = converse();
  assert.deepEqual(await Promise.all([add(peer), add(peer), add(peer)]), [3, 3, 3]);
  assert.deepEqual([...contexts.open], [1]);
  await peer.close();
  assert.deepEqual(log, ["context 1 of ADD_PROG", "gives back 1"]);
  await until(
    () => contexts.open.size === 0,
    () => "the context to be freed",
  );
});

test("a connection that made no call has nothing to give back", async () => {
  const { peer, log } = converse();
  await peer.close();
  assert.deepEqual(log, []);
});

test("a context that the server has forgotten is made anew, and the call goes out again", async () => {
  const { peer, contexts, log } = converse();
  await add(peer);
  contexts.open.clear();
  assert.deepEqual(await Promise.all([add(peer), add(peer)]), [3, 3]);
  assert.deepEqual(log.slice(0, 2), ["context 1 of ADD_PROG", "context 2 of ADD_PROG"]);
  await peer.close();
});

test("each connection has a context of its own, also for the credential of a single call", async () => {
  const { peer, contexts, log, auth } = converse();
  const own = new Context(log);
  await call(peer, "add", [{ a: 1, b: 2 }], { auth: own });
  await call(peer, "add", [{ a: 1, b: 2 }], { auth: own });
  await call(peer, "add", [{ a: 1, b: 2 }], { auth });
  assert.deepEqual([...contexts.open], [1, 2]);
  await peer.close();
  assert.deepEqual(log.slice(2).sort(), ["gives back 1", "gives back 2"]);
});

test("a connection that is lost gives nothing back, and closing does not wait", async () => {
  const { peer, log } = converse();
  await add(peer);
  peer.destroy();
  await peer.close();
  assert.deepEqual(log, ["context 1 of ADD_PROG"]);
});

test("closing waits a second at most for a server that does not take the context back", async () => {
  const clock = new FakeClock();
  const { peer, contexts, log } = converse({ clock });
  await add(peer);
  contexts.destroyAnswers = false;
  const closed = peer.close();
  await until(
    () => log.length === 2,
    () => "the context to be given back",
  );
  await turns();
  assert.equal(peer.closed, false);
  clock.advance(1_000);
  await ending(closed, "the peer to close");
});

test("an error after a reply was sent is reported, and the connection stays", async () => {
  const errors: unknown[] = [];
  const seen: unknown[] = [];
  const strange: ServerAuth = {
    flavor,
    admit: () => ({
      kind: "answered",
      verifier: noAuth,
      writeResult: (out) => {
        seen.push("written");
        out.writeWord(9);
      },
      afterSent: (connection) => {
        seen.push(connection.info.netid);
        throw new Error("broken");
      },
    }),
  };
  const server = new Server({ auth: [strange], onError: (error) => void errors.push(String(error)) });
  server.implement(adder, adding());
  const [near, far] = memoryPair();
  server.accept(far);
  const peer = new Peer(near, { auth: credential(control.data, 1) });
  for (let i = 0; i < 2; i++) assert.equal(await add(peer), 9);
  assert.deepEqual(seen, ["written", "memory", "written", "memory"]);
  assert.deepEqual(errors, ["Error: broken", "Error: broken"]);
});
