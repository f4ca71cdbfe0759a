// Every template, from the packed tarball to what its client prints, with no registry.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { unshareCommand } from "../interop/harness/namespace.js";
import { peerTest } from "../interop/harness/peers.js";
import { background, installIn, offline, type Packed, pack } from "./packed.js";

let packed: Packed;
let user: string;

before(async () => {
  packed = await pack();
  user = await installIn(packed, "user");
});

after(() => packed[Symbol.dispose]());

/** Makes the project. @returns its folder */
async function init(template: string): Promise<string> {
  await offline(packed, user, `npx --no lupine init my-${template} --template ${template}`);
  const folder = join(user, `my-${template}`);
  assert.ok(readdirSync(folder).some((name) => name.endsWith(".gen.ts")));
  return folder;
}

test("every template that is listed has a test here", async () => {
  const list = await offline(packed, user, "npx --no lupine init --list");
  assert.deepEqual(list.match(/^\S+/gm), ["add", "time", "c-peer", "directory"]);
});

test("add: the client prints the sum, and its test passes", async () => {
  const script = `npm test
begin "is ready" npm run --silent server
npm run --silent client -- localhost 1 2`;
  const output = await offline(packed, await init("add"), `${background}${script}`);
  assert.match(output, /^Result:3$/m);
  assert.match(output, /^add\(1,2\) is called$/m);
});

test("time: the clock is read, set, and not set to a time before 1970, and its test passes", async () => {
  const script = `npm test
begin "is ready" npm run --silent server
npm run --silent client -- localhost 3600
npm run --silent client -- localhost -99999999999`;
  const output = await offline(packed, await init("time"), `${background}${script}`);
  const times = [...output.matchAll(/^(?:Time|Set):(\S+)$/gm)].map((match) => Date.parse(match[1] as string));
  assert.equal(times.length, 3, output);
  const [before = 0, set = 0] = times;
  assert.ok(set - before >= 3_600_000, output);
  assert.match(output, /^Refused:times before 1970/m);
});

test("directory: the client finds the servers by name, and its test passes", async () => {
  const script = `npm test
begin "directory listens" npm run --silent directory
begin "is ready" npm run --silent server
begin "is ready" npm run --silent server
npm run --silent client -- 1 2
npx --no lupine directory lookup /services/add --directory localhost --json`;
  const output = await offline(packed, await init("directory"), `${background}${script}`);
  assert.match(output, /^Result:3$/m);
  assert.match(output, /^add\(1,2\) is called$/m);
  assert.equal(output.match(/^joined \/services\/add/gm)?.length, 2, output);
});

peerTest(
  "c-peer: each client calls either server, in C and in TypeScript, and its tests pass",
  ["c"],
  async (context) => {
    if (unshareCommand() === undefined)
      return context.skip("the C programs need port 111, in a network of this test alone");
    const script = `npm run c
npm test # Without an rpcbind: the test starts its own.
begin "rpcbind listens at unix:" npx --no lupine rpcbind --system
npm test
calls() {
  npm run --silent client -- localhost 1 2
  c/add_client localhost 1 2
}
begin "is ready" npm run --silent server
calls
kill -- -$!
wait $! || true
setsid c/add_server &
servers="$servers $!"
for attempt in $(seq 600); do
  npx --no lupine info localhost 0x12345 >/dev/null 2>&1 && break
done
calls`;
    const output = await offline(packed, await init("c-peer"), `${background}${script}`);
    assert.equal(output.match(/skipped 0$/gm)?.length, 2, output);
    assert.equal(output.match(/^Result:3$/gm)?.length, 4, output);
    assert.equal(output.match(/^add\(1,2\) is called$/gm)?.length, 4, output);
  },
  { timeout: 600_000 },
);
