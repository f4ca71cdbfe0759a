// What one host may take of a server's sessions: it can never lock out others.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { FakeClock } from "../testing/index.js";
import type { Ledger } from "./ledger.js";
import { defaultSessionLimits, type SessionLimits } from "./limits.js";
import { keyOf } from "./replay.js";
import { session_stat as Stat, type session_created } from "./session.gen.js";
import type { Session } from "./session.js";
import { OwnSessions, type SessionCaller } from "./sessions.js";
import { ledgerWith } from "./sessions.test-support.js";

/** Sessions of which a call's reply is as long as its last word says. */
function sessionsOf(limits: Partial<SessionLimits>, later = false, log?: Ledger) {
  const replyTo = (message: Uint8Array) =>
    new Uint8Array(new DataView(message.buffer, message.byteOffset).getUint32(40));
  const runner = {
    answerWithin: ({ message }: { readonly message: Uint8Array }) =>
      later ? nextTurn().then(() => replyTo(message)) : replyTo(message),
  };
  const all = { ...defaultSessionLimits, ...limits };
  const sessions = new OwnSessions<SessionCaller>(runner, all, new FakeClock(), log);
  return { sessions, callerAt: (host: string) => new Caller(sessions, host) };
}

/** A client at an address. */
class Caller {
  readonly #sessions: OwnSessions<SessionCaller>;
  readonly #who: SessionCaller;
  #id = new Uint8Array(16);

  constructor(sessions: OwnSessions<SessionCaller>, host: string) {
    this.#sessions = sessions;
    this.#who = { remote: { kind: "tcp", host, port: 700 }, identity: { flavor: 0 } };
  }

  /** Calls in a new session from now on. */
  async create(): Promise<Stat> {
    const made = await this.#sessions.create({ slots: 64 }, this.#who);
    if (made.status === Stat.SESSION_OK) this.#id = made.grant.id;
    return made.status;
  }

  /** The call with this number in a slot. Its reply has so many bytes. */
  async call(slot: number, sequence: number, bytes: number): Promise<Stat> {
    const message = new Uint8Array(44);
    new DataView(message.buffer).setUint32(40, bytes);
    const reply = await this.#sessions.call({ id: this.#id, slot, sequence, settled: 0, message }, this.#who);
    return reply.status;
  }
}

test("a host that keeps too many bytes of replies loses its oldest ones, and locks nobody out", async () => {
  const { sessions, callerAt } = sessionsOf({ bytes: 1_000 });
  const [hog, honest] = [callerAt("192.0.2.1"), callerAt("192.0.2.2")];
  await honest.create();
  assert.equal(await honest.call(0, 1, 100), Stat.SESSION_OK);
  await hog.create();
  for (let slot = 0; slot < 64; slot++) {
    assert.equal(await hog.call(slot, 1, 400), Stat.SESSION_OK);
    assert.ok(sessions.bytes <= 1_000, `${sessions.bytes} bytes are kept`);
  }
  assert.equal(await honest.call(1, 1, 100), Stat.SESSION_OK);
  assert.equal(await honest.call(0, 1, 100), Stat.SESSION_OK, "a copy of the other's call gets its reply");
  assert.equal(await hog.call(0, 1, 400), Stat.SESSION_IN_DOUBT, "its first reply was dropped");
  assert.equal(await hog.call(63, 1, 400), Stat.SESSION_OK, "its last one is kept");
  assert.equal(sessions.stats.refused, 0);
});

test("calls that began together keep no more bytes of replies than the limit when they have ended", async () => {
  const { sessions, callerAt } = sessionsOf({ bytes: 1_000 }, true);
  const caller = callerAt("192.0.2.1");
  await caller.create();
  const all = await Promise.all(Array.from({ length: 64 }, (_, slot) => caller.call(slot, 1, 400)));
  assert.deepEqual(new Set(all), new Set([Stat.SESSION_OK]));
  assert.ok(sessions.bytes <= 1_000, `${sessions.bytes} bytes are kept`);
});

test("few hosts that have all sessions lock nobody out: the one that has most gives way", async () => {
  const { sessions, callerAt } = sessionsOf({ sessions: 8, sessionsPerHost: 4 });
  const last = new Map<string, Caller>();
  for (const host of ["192.0.2.1", "2001:db8::1", "2001:db8::2"]) {
    for (let i = 0; i < 5; i++) {
      const caller = callerAt(host);
      assert.equal(await caller.create(), Stat.SESSION_OK);
      assert.equal(await caller.call(0, 1, 4), Stat.SESSION_OK);
      last.set(host, caller);
    }
  }
  assert.equal(sessions.size, 8, "IPv6 addresses of one network are one host");
  for (let i = 0; i < 3; i++) {
    const honest = callerAt(`198.51.100.${i}`);
    assert.equal(await honest.create(), Stat.SESSION_OK);
    assert.equal(await honest.call(0, 1, 4), Stat.SESSION_OK);
  }
  assert.deepEqual([sessions.size, sessions.stats.refused], [8, 0]);
  for (const host of ["192.0.2.1", "2001:db8::2"])
    assert.equal(await last.get(host)?.call(1, 1, 4), Stat.SESSION_OK, "the latest session of each is kept");
});

test("a host that has no more sessions than others displaces none, and a session whose call runs is never dropped", async () => {
  const { sessions, callerAt } = sessionsOf({ sessions: 2, sessionsPerHost: 2 });
  for (const host of ["192.0.2.1", "192.0.2.2"]) {
    const caller = callerAt(host);
    await caller.create();
    await caller.call(0, 1, 4);
  }
  assert.equal(await callerAt("192.0.2.3").create(), Stat.SESSION_REFUSED);
  assert.equal(sessions.size, 2);
});

test("a session that has made no call has no slots in memory, and one that has made calls those of its calls", async () => {
  const made: Session[] = [];
  const log = ledgerWith({ created: async (session) => void made.push(session) });
  const { callerAt } = sessionsOf({ slots: 64 }, false, log);
  const [idle, busy] = [callerAt("192.0.2.1"), callerAt("192.0.2.2")];
  for (const caller of [idle, busy]) assert.equal(await caller.create(), Stat.SESSION_OK);
  for (const slot of [7, 0, 7]) await busy.call(slot, 1, 4);
  assert.equal(await busy.call(64, 1, 4), Stat.SESSION_MISORDERED);
  assert.deepEqual(
    made.map(({ slots }) => [slots.length, [...slots].map(({ sequence }) => sequence)]),
    [
      [64, []],
      [64, [1, 1]],
    ],
  );
});

test("the system is asked for random bytes once for many sessions, and no two have the same id", async () => {
  const { sessions } = sessionsOf({});
  const who: SessionCaller = { remote: { kind: "tcp", host: "192.0.2.1", port: 700 }, identity: { flavor: 0 } };
  const crypto = process.getBuiltinModule("node:crypto");
  const asked = mock.method(crypto, "randomBytes");
  const ids = new Set<string>();
  for (let count = 0; count < 256; count++) {
    const made = await sessions.create({ slots: 1 }, who);
    if (made.status === Stat.SESSION_OK) ids.add(keyOf((made as session_created & { status: 0 }).grant.id));
  }
  asked.mock.restore();
  assert.deepEqual([ids.size, asked.mock.callCount()], [256, 4]);
});
