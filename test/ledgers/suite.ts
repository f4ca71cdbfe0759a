// What holds for every store of sessions. Each runs it in a file of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, type RpcError, refuse, Server } from "lupine";
import { type CallRecord, type Session, serveSessions } from "lupine/session";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import type { Store } from "./stores.js";

export interface StoreUnderTest {
  readonly name: string;
  /** Makes an empty store. @returns what opens it, again and again. */
  make(): Promise<() => Promise<Store>>;
}

const id = new Uint8Array(16).fill(7);
const call = (sequence: number, slot = 0): CallRecord => ({ id, slot, sequence, length: 8, crc: 0xffff_fffe });
const replyOf = (sequence: number): Uint8Array => new Uint8Array(28).fill(sequence);
const session: Session = {
  id,
  owner: '["\u00fc"]',
  host: "",
  slots: [0, 1, 2].map(() => {
    return { sequence: 0, fingerprint: { length: 0, crc: 0 }, reply: undefined, running: undefined };
  }),
  running: 0,
  used: false,
  lastUsed: 0,
};

export function ledgerSuite({ name, make }: StoreUnderTest): void {
  test(`${name}: a store that is opened again has the sessions, the replies and the state of before`, async () => {
    const open = await make();
    const first = await open();
    await first.ledger.created(session);
    await first.ledger.outcome({ call: call(1), reply: replyOf(1), writes: [{ key: "count", value: "1" }] });
    await first.ledger.outcome({
      call: call(2),
      reply: replyOf(2),
      writes: [
        { key: "count", value: "2" },
        { key: "other", value: '"\u00fc"' },
      ],
    });
    await first.ledger.outcome({ call: call(3), reply: replyOf(3), writes: [{ key: "other", value: undefined }] });
    await first.ledger.intent(call(5, 1));
    await first.close();
    const second = await open();
    const [restored] = second.ledger.sessions.values();
    assert.deepEqual([restored?.id, restored?.owner, restored?.used], [id, session.owner, true]);
    assert.deepEqual(
      [0, 1, 2, 3].map((number) => {
        const slot = restored?.slots.at(number);
        return slot && [slot.sequence, slot.fingerprint.crc, slot.reply];
      }),
      [[3, 0xffff_fffe, replyOf(3)], [5, 0xffff_fffe, undefined], [0, 0, undefined], undefined],
    );
    assert.deepEqual([...second.ledger.state], [["count", "2"]]);
    await second.ledger.ended(id);
    await second.close();
    const third = await open();
    assert.equal(third.ledger.sessions.size, 0);
    await third.close();
  });

  test(`${name}: a call and its effect are kept together, and those of a failed call are not`, async () => {
    const open = await make();
    const store = await open();
    const server = new Server({ onError: (error) => assert.fail(error as Error) }).implement(ADD_VERS, {
      async add({ a, b }, call) {
        const count = await store.count(a, call);
        if (b === 1) throw refuse("RPC_SYSTEM_ERR");
        return count;
      },
    });
    const sessions = serveSessions(server, { log: store.ledger, transactional: true });
    const { address } = await server.listen("tcp://127.0.0.1:0");
    {
      await using client = createClient(ADD_VERS, address, { semantics: "exactly-once", timeout: 60_000 });
      const all = Array.from({ length: 20 }, (_, a) => client.add({ a, b: 0 }));
      assert.deepEqual(await Promise.all(all), new Array(20).fill(1));
      await assert.rejects(client.add({ a: 3, b: 1 }), (error: RpcError) => error.mayHaveRun);
      assert.equal(await client.add({ a: 3, b: 0 }), 2);
    }
    assert.equal(sessions.size, 0);
    await server.close();
    await store.close();
    const again = await open();
    const counts = await again.counts();
    assert.deepEqual([counts.size, counts.get(3), counts.get(4)], [20, 2, 1]);
    await again.close();
  });

  test(`${name}: a call that the client repeats after a restart of the server gets its reply, and counts once`, async () => {
    const open = await make();
    let store = await open();
    const begin = async (target: string) => {
      const server = new Server({ onError: (error) => assert.fail(error as Error) });
      server.implement(ADD_VERS, { add: ({ a }, call) => store.count(a, call) });
      serveSessions(server, { log: store.ledger, transactional: true });
      return { server, address: (await server.listen(target)).address };
    };
    const first = await begin("tcp://127.0.0.1:0");
    const client = createClient(ADD_VERS, first.address, {
      semantics: "exactly-once",
      waitForServer: true,
      timeout: 60_000,
      backoff: { first: 20, factor: 1, most: 20, jitter: 0 },
    });
    assert.equal(await client.add({ a: 1, b: 0 }), 1);
    await first.server.close();
    await store.close();
    store = await open();
    const { server } = await begin("port" in first.address ? `tcp://127.0.0.1:${first.address.port}` : "");
    assert.equal(await client.add({ a: 1, b: 0 }), 2);
    await client[Symbol.asyncDispose]();
    await server.close();
    await store.close();
  });
}
