import assert from "node:assert/strict";
import { test } from "node:test";
import { AssociationGroups } from "./association-groups.js";
import { type ContextClient, OwnContexts, TooManyContexts, UnknownContext } from "./contexts.js";
import type { DceInterface } from "./interface.js";
import { ContextHandle } from "./ndr/context-handle.js";

function interfaceNamed(name: string): DceInterface {
  return { name, uuid: "b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1", version: 1, minor: 0, endpoints: [], operations: {} };
}

const one = interfaceNamed("one");
const here = { kind: "tcp", host: "192.0.2.1", port: 1 } as const;

test("a context belongs to the principal who opened it, also within a group", () => {
  const groups = new AssociationGroups(10, 100);
  const group = groups.join(0, here);
  assert.ok(group);
  assert.equal(groups.join(group.id, here), group);
  const ownerOf: Record<string, string | undefined> = { first: "alice@TEST", second: "alice@TEST", other: "bob@TEST" };
  const contextsOf = (name: string): OwnContexts =>
    new OwnContexts(
      {
        group,
        get principal() {
          return ownerOf[name];
        },
      },
      one,
    );
  const [first, second, other, nobody] = ["first", "second", "other", "nobody"].map(contextsOf) as [
    OwnContexts,
    OwnContexts,
    OwnContexts,
    OwnContexts,
  ];
  const handle = first.openContext("state");
  assert.equal(second.contextState(second.receive(new ContextHandle(0, handle.uuid))), "state");
  for (const stranger of [other, nobody]) refuses(stranger, handle);
  ownerOf["second"] = undefined;
  assert.throws(() => second.receive(handle), UnknownContext);
});

/** Asserts that a client can neither use nor send a handle. */
function refuses(contexts: OwnContexts, handle: ContextHandle): void {
  assert.throws(() => contexts.receive(handle), UnknownContext);
  assert.throws(() => contexts.contextState(handle), UnknownContext);
  assert.throws(() => contexts.closeContext(handle), UnknownContext);
  assert.throws(() => contexts.send(handle), TypeError);
}

/** A client in a group of its own. */
function client(): ContextClient {
  const group = new AssociationGroups(10, 100).join(0, here);
  assert.ok(group);
  return { group, principal: undefined };
}

test("a context belongs to the interface that opened it", () => {
  const own = client();
  const first = new OwnContexts(own, one);
  const other = new OwnContexts(own, interfaceNamed("other"));
  const handle = first.openContext("state");
  refuses(other, handle);
  assert.equal(new OwnContexts(own, one).contextState(handle), "state");
});

test("a context has the type of the place where its handle was sent first", () => {
  const contexts = new OwnContexts(client(), one);
  const handle = contexts.openContext("state");
  // Never sent as any type: only the program knows it.
  assert.throws(() => contexts.receive(handle, "file"), UnknownContext);
  assert.equal(contexts.send(handle, "file"), handle);
  assert.equal(contexts.receive(handle, "file"), handle);
  assert.throws(() => contexts.receive(handle, "folder"), UnknownContext);
  assert.throws(() => contexts.send(handle, "folder"), /a context of type file, not folder/);
  // A place without a type takes every context of the interface.
  assert.equal(contexts.receive(handle), handle);
});

test("streams without an address each have their own group", () => {
  const groups = new AssociationGroups(10, 100);
  const stream = { kind: "memory", name: "a stream" } as const;
  const first = groups.join(0, stream);
  assert.ok(first);
  assert.equal(groups.join(first.id, stream), undefined);
  assert.equal(groups.join(first.id, here), undefined);
});

test("a group ends with its last connection, and reports what a run-down throws", () => {
  const groups = new AssociationGroups(10, 100);
  const group = groups.join(0, here);
  assert.ok(group);
  groups.join(group.id, here);
  const contexts = new OwnContexts({ group, principal: undefined }, one);
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

const fails = (error: unknown): never => assert.fail(String(error));

/** Opens contexts until there is no room for another one. @returns how many */
function fill(groups: AssociationGroups, host: string): { readonly opened: number; end(): void } {
  const group = groups.join(0, { kind: "tcp", host, port: 1 });
  assert.ok(group);
  const contexts = new OwnContexts({ group, principal: undefined }, one);
  const before = groups.contexts;
  assert.throws(() => {
    for (;;) contexts.openContext("state");
  }, TooManyContexts);
  return { opened: groups.contexts - before, end: () => groups.leave(group, fails) };
}

test("a host with many groups leaves contexts to other hosts, and all are released with their groups", () => {
  const groups = new AssociationGroups(10, 100);
  const first = Array.from({ length: 12 }, () => fill(groups, "192.0.2.1"));
  assert.equal(groups.contexts, 80);
  assert.deepEqual(
    first.map(({ opened }) => opened),
    [10, 10, 10, 10, 10, 10, 10, 10, 0, 0, 0, 0],
  );
  // One network of IPv6 is one host.
  const second = [fill(groups, "2001:db8::1"), fill(groups, "2001:db8::2"), fill(groups, "2001:db8:0:1::1")];
  assert.deepEqual(
    second.map(({ opened }) => opened),
    [10, 6, 3],
  );
  assert.equal(groups.contexts, 99);
  for (const { end } of [...first, ...second]) end();
  assert.equal(groups.contexts, 0);
});

test("a context that is closed makes room, once", () => {
  const groups = new AssociationGroups(10, 2);
  const group = groups.join(0, here);
  assert.ok(group);
  const contexts = new OwnContexts({ group, principal: undefined }, one);
  const handle = contexts.openContext("state");
  assert.throws(() => contexts.openContext("state"), RangeError);
  contexts.closeContext(handle);
  assert.equal(groups.contexts, 0);
  assert.throws(() => contexts.closeContext(handle), UnknownContext);
  contexts.openContext("state");
  groups.leave(group, fails);
  assert.equal(groups.contexts, 0);
});
