import assert from "node:assert/strict";
import { test } from "node:test";
import { AssociationGroups } from "./association-groups.js";
import { OwnContexts, UnknownContext } from "./contexts.js";
import { ContextHandle } from "./ndr/context-handle.js";

const here = { kind: "tcp", host: "192.0.2.1", port: 1 } as const;

test("a context belongs to the principal who opened it, also within a group", () => {
  const groups = new AssociationGroups(10);
  const group = groups.join(0, here);
  assert.ok(group);
  assert.equal(groups.join(group.id, here), group);
  const ownerOf: Record<string, string | undefined> = { first: "alice@TEST", second: "alice@TEST", other: "bob@TEST" };
  const contextsOf = (name: string): OwnContexts => {
    const contexts = new OwnContexts(() => ownerOf[name]);
    contexts.group = group;
    return contexts;
  };
  const [first, second, other, nobody] = ["first", "second", "other", "nobody"].map(contextsOf) as [
    OwnContexts,
    OwnContexts,
    OwnContexts,
    OwnContexts,
  ];
  const handle = first.openContext("state");
  assert.equal(second.contextState(second.receive(new ContextHandle(0, handle.uuid))), "state");
  for (const one of [other, nobody]) {
    assert.throws(() => one.receive(handle), UnknownContext);
    assert.throws(() => one.contextState(handle), UnknownContext);
    assert.throws(() => one.closeContext(handle), UnknownContext);
    assert.throws(() => one.send(handle), TypeError);
  }
  ownerOf["second"] = undefined;
  assert.throws(() => second.receive(handle), UnknownContext);
});

test("streams without an address each have their own group", () => {
  const groups = new AssociationGroups(10);
  const stream = { kind: "memory", name: "a stream" } as const;
  const first = groups.join(0, stream);
  assert.ok(first);
  assert.equal(groups.join(first.id, stream), undefined);
  assert.equal(groups.join(first.id, here), undefined);
});

test("a group ends with its last connection, and reports what a run-down throws", () => {
  const groups = new AssociationGroups(10);
  const group = groups.join(0, here);
  assert.ok(group);
  groups.join(group.id, here);
  const contexts = new OwnContexts(() => undefined);
  contexts.group = group;
  const ended: string[] = [];
  contexts.openContext("a", () => {
    throw new Error("cannot end a");
  });
  contexts.openContext("b", () => ended.push("b"));
  const errors: unknown[] = [];
  const failed = (error: unknown): unknown => errors.push((error as Error).message);
  groups.leave(group, failed);
  assert.deepEqual([ended, errors], [[], []]);
  groups.leave(group, failed);
  assert.deepEqual([ended, errors], [["b"], ["cannot end a"]]);
  assert.equal(groups.join(group.id, here), undefined);
  assert.throws(() => contexts.openContext("c"), /the connection has ended/);
});
