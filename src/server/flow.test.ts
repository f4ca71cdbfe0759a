import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallSource } from "../peer/dispatcher.js";
import fc from "../testing/fast-check.test-support.js";
import { Total } from "../transport/budget.js";
import { ServerBudget } from "./budget.js";
import { Flow } from "./flow.js";

const limits = { callsInFlight: 8, bytesInFlight: 1_000 };
const maxMessage = 500;

interface Side {
  readonly flow: Flow;
  readonly cut: string[];
  paused: boolean;
  awaitsReplies: boolean;
}

function side(budget: ServerBudget): Side {
  const it = { cut: [] as string[], paused: false, awaitsReplies: false } as unknown as Side & { flow: Flow };
  const connection = {
    info: { maxMessage },
    pause: () => {
      it.paused = true;
    },
    resume: () => {
      it.paused = false;
    },
  };
  const source = {
    connection,
    get awaitsReplies() {
      return it.awaitsReplies;
    },
  } as unknown as CallSource;
  it.flow = new Flow(source, limits, budget, ({ message }) => it.cut.push(message));
  return it;
}

test("a connection that holds its limit of bytes is not read until it holds less", () => {
  const one = side(new ServerBudget(new Total(100, 100_000)));
  one.flow.begin(400);
  one.flow.begin(599);
  assert.equal(one.paused, false);
  one.flow.queuedChanged(1);
  assert.equal(one.paused, true);
  one.flow.end(400);
  assert.equal(one.paused, false);
});

test("where replies are awaited it is read on, up to four times the limit, and then not", () => {
  const one = side(new ServerBudget(new Total(100, 100_000)));
  one.awaitsReplies = true;
  one.flow.queuedChanged(3_999);
  assert.equal(one.paused, false);
  one.flow.queuedChanged(1);
  assert.equal(one.paused, true);
  one.flow.queuedChanged(-1);
  assert.equal(one.paused, false);
});

test("replies of calls that end later may pass four times the limit by one message; then the caller is cut off", () => {
  const budget = new ServerBudget(new Total(100, 100_000));
  const one = side(budget);
  one.flow.begin(10);
  one.flow.queuedChanged(4_500);
  assert.equal(one.cut.length, 0);
  one.flow.queuedChanged(1);
  assert.equal(one.cut.length, 1);
  assert.match(one.cut[0] ?? "", /4501 bytes of replies wait .* 4000 .*limits\.bytesInFlight/);
  assert.equal(budget.bytes, 10, "its call still runs");
  one.flow.end(10);
  assert.deepEqual([budget.bytes, budget.calls], [0, 0]);
});

test("when all together hold too much, the one with most replies unread is cut off, and the others go on", () => {
  const budget = new ServerBudget(new Total(100, 5_000));
  const [small, large, third] = [side(budget), side(budget), side(budget)];
  small.flow.queuedChanged(1_000);
  large.flow.queuedChanged(3_000);
  third.flow.queuedChanged(1_001);
  assert.deepEqual([small.cut.length, large.cut.length, third.cut.length], [0, 1, 0]);
  assert.match(large.cut[0] ?? "", /3000 bytes .* of 5000 bytes \(limits\.totalBytes\)/);
  assert.equal(budget.bytes, 2_001);
});

test("from half of the total on a connection may hold less, but one that holds nothing is always read", () => {
  const budget = new ServerBudget(new Total(100, 10_000));
  const one = side(budget);
  for (let i = 0; i < 9; i++) side(budget).flow.queuedChanged(999);
  one.flow.begin(126);
  assert.equal(one.paused, true);
  one.flow.end(126);
  assert.equal(one.paused, false);
});

test("a call is refused where the total has no room, a large one before small ones", () => {
  const budget = new ServerBudget(new Total(100, 1024 * 1024));
  const one = side(budget);
  side(budget).flow.begin(900_000);
  assert.match(one.flow.refusal(100_000) ?? "", /1 calls .* 900000 bytes \(.*limits\.totalBytes\)/);
  assert.equal(one.flow.refusal(60_000), undefined);
});

test("calls are expected to give replies like those before: sixteen may run whatever these take", () => {
  const budget = new ServerBudget(new Total(1_000, 100_000_000));
  const source = side(budget);
  const one = new Flow(
    {
      connection: { info: { maxMessage }, pause: () => (source.paused = true), resume: () => (source.paused = false) },
    } as never,
    { callsInFlight: 100, bytesInFlight: 1_000 },
    budget,
    () => assert.fail("nothing waits"),
  );
  for (let i = 0; i < 15; i++) one.begin(0, 1_000_000);
  assert.equal(source.paused, false);
  one.begin(0, 1_000_000);
  assert.equal(source.paused, true);
});

type Step =
  | { readonly kind: "begin"; readonly who: number; readonly bytes: number; readonly expected: number }
  | { readonly kind: "end" | "drain" | "stop" | "await"; readonly who: number; readonly pick: number }
  | { readonly kind: "queue"; readonly who: number; readonly bytes: number };

const who = fc.nat(5);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("begin" as const), who, bytes: fc.nat(600), expected: fc.nat(300) }),
    fc.record({ kind: fc.constantFrom("end", "end", "drain", "stop", "await" as const), who, pick: fc.nat(100) }),
    fc.record({ kind: fc.constant("queue" as const), who, bytes: fc.integer({ min: 1, max: maxMessage }) }),
  ) as fc.Arbitrary<Step>,
  { maxLength: 200 },
);

test("whatever calls, replies and ends come, the counts are what is held, within the limits, and zero at the end", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const budget = new ServerBudget(new Total(40, 6_000));
      const sides = Array.from({ length: 6 }, () => side(budget));
      const calls: { owner: Flow; bytes: number; expected: number }[] = [];
      const queued = new Map<Flow, number[]>();
      const ended = new Set<Flow>();
      const held = (): number => {
        let sum = calls.reduce((all, { bytes }) => all + bytes, 0);
        for (const { flow, cut } of sides) {
          if (cut.length > 0 || ended.has(flow)) queued.delete(flow);
          sum += (queued.get(flow) ?? []).reduce((all, bytes) => all + bytes, 0);
        }
        return sum;
      };
      for (const step of list) {
        const one = sides[step.who] as Side;
        const { flow } = one;
        const isOpen = one.cut.length === 0 && !ended.has(flow);
        if (step.kind === "begin") {
          // What a server does: it reads and runs only what is neither held back nor refused.
          if (!isOpen || one.paused || flow.refusal(step.bytes) !== undefined) continue;
          calls.push({ owner: flow, bytes: step.bytes, expected: step.expected });
          flow.begin(step.bytes, step.expected);
        } else if (step.kind === "end") {
          const [call] = calls.splice(step.pick % Math.max(1, calls.length), 1);
          call?.owner.end(call.bytes, call.expected);
        } else if (step.kind === "queue") {
          if (!isOpen) continue;
          queued.set(flow, [...(queued.get(flow) ?? []), step.bytes]);
          flow.queuedChanged(step.bytes);
        } else if (step.kind === "drain") {
          const bytes = isOpen ? queued.get(flow)?.shift() : undefined;
          if (bytes !== undefined) flow.queuedChanged(-bytes);
        } else if (step.kind === "await") {
          one.awaitsReplies = !one.awaitsReplies;
          flow.update();
        } else if (isOpen) {
          ended.add(flow);
          flow.stop();
        }
        assert.equal(budget.bytes, held());
        assert.equal(budget.calls, calls.length);
        assert.ok(budget.bytes <= budget.total.mostBytes, `${budget.bytes} bytes`);
        for (const { flow: each, cut } of sides) assert.ok(cut.length > 0 || each.queued <= 4_500);
      }
      for (const { owner, bytes, expected } of calls.splice(0)) owner.end(bytes, expected);
      for (const { flow, cut, paused } of sides) {
        const open = cut.length === 0 && !ended.has(flow);
        for (const bytes of open ? (queued.get(flow) ?? []) : []) flow.queuedChanged(-bytes);
        if (open) assert.equal(paused && flow.queued > 0, false);
        flow.stop();
      }
      assert.deepEqual([budget.bytes, budget.calls], [0, 0]);
    }),
    { numRuns: 500 },
  );
});
