import assert from "node:assert/strict";
import { test } from "node:test";
import type { DceImplementation, DceIncomingCall } from "../implementation.js";
import { DceServer } from "../server.js";
import { nilUuid } from "../uuid.js";
import { lookupEndpoints } from "./lookup.js";
import { ept_v3, type ept_v3_Operations, type entry as WireEntry } from "./system.gen.js";
import { structOf } from "./system-types.js";

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
