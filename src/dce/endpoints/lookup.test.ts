import assert from "node:assert/strict";
import { test } from "node:test";
import type { DceImplementation, DceIncomingCall } from "../implementation.js";
import type { DceInterface } from "../interface.js";
import type { NdrArray, NdrShape, NdrStruct } from "../ndr/types.js";
import { DceServer } from "../server.js";
import { nilUuid } from "../uuid.js";
import { lookupEndpoints } from "./lookup.js";
import { ept_v3, type ept_v3_Operations, type entry as WireEntry, entry as wireEntry } from "./system.gen.js";
import { structOf } from "./system-types.js";
import { tcpTower } from "./tower.js";

test("an endpoint mapper that never comes to an end is left", async () => {
  let questions = 0;
  const entry: WireEntry = { object: structOf(nilUuid), tower: null, annotation: "" };
  const endless = new Proxy({} as DceImplementation<ept_v3_Operations>, {
    get:
      () =>
      (...args: unknown[]) => {
        questions++;
        const call = args.at(-1) as DceIncomingCall;
        return { handle: (args[4] as object | null) ?? call.openContext(1), entries: [entry], status: 0 };
      },
  });
  await using server = new DceServer().implement(ept_v3, endless);
  const { address } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  assert.deepEqual(await lookupEndpoints(address), []);
  assert.equal(questions, 200);
});

test("an annotation that is not UTF-8 hides no other endpoint", async () => {
  // On the wire, a text is an array of characters of which a part is sent.
  const text: NdrShape = { kind: "array", element: { kind: "char" }, length: 64, varying: true };
  const fields = (wireEntry as NdrStruct).fields.map((one) =>
    one.name === "annotation" ? { ...one, type: text } : one,
  );
  const element: NdrShape = { ...(wireEntry as NdrStruct), fields };
  const { eptLookup } = ept_v3.operations;
  const params = eptLookup.params.map((one) => {
    return one.name === "entries" ? { ...one, type: { ...(one.type as NdrArray), element } } : one;
  });
  const raw: DceInterface = { ...ept_v3, operations: { ...ept_v3.operations, eptLookup: { ...eptLookup, params } } };
  const octets = tcpTower({ uuid: ept_v3.uuid, major: 3, minor: 0 }, "127.0.0.1", 99);
  const entries = ["ol\xe9\0", "good\0"].map((annotation) => {
    return { object: structOf(nilUuid), tower: { octets }, annotation: Buffer.from(annotation, "latin1") };
  });
  const mapper = { eptLookup: () => ({ handle: null, entries, status: 0 }) };
  const others = new Proxy(mapper, { get: (own, name) => (name in own ? own.eptLookup : () => undefined) });
  await using server = new DceServer().implement(raw, others as unknown as DceImplementation<ept_v3_Operations>);
  const { address } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  const found = await lookupEndpoints(address);
  assert.deepEqual(
    found.map(({ annotation }) => annotation),
    ["ol\ufffd", "good"],
  );
});
